"""What the raters' masks of one image say in numbers: small, so that a site's images can be gone through one by one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ssb.datasets.study_crops import MarkedLesion
from ssb.measurements import axial_diameter_mm, voxel_ml
from ssb.metrics.ddi import d_ddi
from ssb.metrics.pairwise import dice_matrix, iou_matrix
from ssb.plausible import Index
from ssb.raters.consensus import majority, staple
from ssb.raters.lesions import match_lesions
from ssb.raters.readings import Readings

FEWEST_LEFT = 2
"""Masks that D_DDI needs in each set."""


@dataclass(frozen=True)
class LesionFacts:
    """One lesion, and what the R raters who looked at its image drew of it; arrays are float64 in the raters' order.

    centre: a voxel (i, j, k) in the middle of its box. volume_ml, diameter_mm (longest axial): (R,), 0 for a rater who did not mark it.
    dice, iou: (R, R), 1 where neither of two raters marked it. left_out: (R,) see `left_out`. majority_ml, staple_ml: volume of the
    consensus. sensitivity, specificity: (R,) STAPLE's.
    """

    centre: Index
    volume_ml: np.ndarray
    diameter_mm: np.ndarray
    dice: np.ndarray
    iou: np.ndarray
    left_out: np.ndarray
    majority_ml: float
    staple_ml: float
    sensitivity: np.ndarray
    specificity: np.ndarray

    @property
    def marked(self) -> np.ndarray:
        """(R,) bool: who marked the lesion."""
        return self.volume_ml > 0


@dataclass(frozen=True)
class ImageFacts:
    """One image: the raters who looked, the likeness (R, R) of their whole masks, 1 where both are empty, and its lesions."""

    image: str
    raters: tuple[str, ...]
    dice: np.ndarray
    iou: np.ndarray
    lesions: tuple[LesionFacts, ...]


def facts_of(readings: Readings) -> ImageFacts:
    """The facts of one image; at least one rater has looked at it."""
    lesions = tuple(_lesion_facts(lesion, readings.affine) for lesion in match_lesions(readings.masks))
    dice, iou = dice_matrix(readings.masks, readings.masks), iou_matrix(readings.masks, readings.masks)
    return ImageFacts(readings.image, readings.raters, dice, iou, lesions)


def left_out(masks: np.ndarray) -> np.ndarray:
    """D_DDI between the masks without each rater's and all masks, (R,) in [0, 1]; NaN where fewer than three raters looked.

    It is 0 where the set says the same without the rater, and the larger the more this rater alone widens the raters' diversity or moves
    their consensus. The two sets share masks, so the numbers rank raters; they are no distance between strangers. Our choice.

    masks: (R, ...) bool, those of raters who looked and did not mark the lesion included.
    """
    if len(masks) <= FEWEST_LEFT:
        return np.full(len(masks), math.nan)
    return np.array([d_ddi(np.delete(masks, rater, axis=0), masks) for rater in range(len(masks))])


def _lesion_facts(lesion: MarkedLesion, affine: np.ndarray) -> LesionFacts:
    masks, unit = lesion.masks, voxel_ml(affine)
    estimate = staple(masks)
    return LesionFacts(
        centre=lesion.centre,
        volume_ml=unit * masks.sum(axis=(1, 2, 3)),
        diameter_mm=np.array([axial_diameter_mm(mask, affine) for mask in masks]),
        dice=dice_matrix(masks, masks),
        iou=iou_matrix(masks, masks),
        left_out=left_out(masks),
        majority_ml=unit * int(majority(masks).sum()),
        staple_ml=unit * int(estimate.mask.sum()),
        sensitivity=estimate.sensitivity,
        specificity=estimate.specificity,
    )


def raters_of(images: Sequence[ImageFacts]) -> tuple[str, ...]:
    """All raters of some images, sorted."""
    return tuple(sorted({rater for facts in images for rater in facts.raters}))
