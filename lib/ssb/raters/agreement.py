"""How alike two raters draw, over all lesions that one of them marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ssb.raters.estimate import Estimate, mean_over_images
from ssb.raters.facts import ImageFacts, LesionFacts, raters_of


@dataclass(frozen=True)
class Agreement:
    """Two raters over the lesions of the images that both looked at.

    images: how many both looked at. lesions: how many lesions there one of them marked; both: how many both marked.
    dice, iou: mean over `lesions`, 0 for one that only one of them marked. dice_both, iou_both: mean over `both`, so that missing a
    lesion and drawing it differently can be told apart.
    """

    raters: tuple[str, str]
    images: int
    lesions: int
    both: int
    dice: Estimate
    iou: Estimate
    dice_both: Estimate
    iou_both: Estimate


def agreements(images: Sequence[ImageFacts]) -> list[Agreement]:
    """One for each pair of raters who share an image, in the order of their names."""
    pairs = combinations(raters_of(images), 2)
    return [_agreement(images, a, b) for a, b in pairs if any({a, b} <= set(facts.raters) for facts in images)]


def shared_lesions(images: Sequence[ImageFacts], first: str, second: str) -> Iterator[tuple[str, LesionFacts, int, int]]:
    """The lesions that one of two raters marked, of the images both looked at: image, lesion, and the raters' places in its arrays."""
    for facts in images:
        if first in facts.raters and second in facts.raters:
            a, b = facts.raters.index(first), facts.raters.index(second)
            for lesion in facts.lesions:
                if lesion.marked[a] or lesion.marked[b]:
                    yield facts.image, lesion, a, b


def _agreement(images: Sequence[ImageFacts], first: str, second: str) -> Agreement:
    found = list(shared_lesions(images, first, second))
    names = [image for image, *_ in found]
    both = np.array([bool(lesion.marked[a] and lesion.marked[b]) for _, lesion, a, b in found], dtype=bool)
    dice = np.array([lesion.dice[a, b] for _, lesion, a, b in found])
    iou = np.array([lesion.iou[a, b] for _, lesion, a, b in found])
    return Agreement(
        raters=(first, second),
        images=sum({first, second} <= set(facts.raters) for facts in images),
        lesions=len(found),
        both=int(both.sum()),
        dice=mean_over_images(dice, names),
        iou=mean_over_images(iou, names),
        dice_both=mean_over_images(np.where(both, dice, np.nan), names),
        iou_both=mean_over_images(np.where(both, iou, np.nan), names),
    )
