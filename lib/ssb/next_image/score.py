"""How much a model's samples disagree about an image whose lesions somebody marked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssb.checkpoint import Model
from ssb.errors import InputError
from ssb.growing import Progress
from ssb.lesion import sample_lesion
from ssb.metrics.pairwise import flat_masks, pairs_once, shared_voxels
from ssb.plausible import Index, Request
from ssb.raters.lesions import match_lesions
from ssb.raters.middle import middle_of
from ssb.volumes.volume import Volume

SAMPLES = 8
"""Of a lesion: half of what a click draws, since a score need not be shown (our choice)."""
SEED = 0
MOST_LESIONS = 8
"""An image's largest lesions that are scored, so that specks of a brush do not cost hours (our choice)."""


@dataclass(frozen=True)
class LesionScore:
    """The click (i, j, k) that the lesion was sampled from, and how much the samples disagree, in [0, 1]."""

    click: Index
    disagreement: float


def set_disagreement(masks: np.ndarray) -> float:
    """E |A xor B| / E |A or B| over the pairs of different masks A, B (N, ...) bool: the share of the voxels of two samples that one lacks.

    In [0, 1], 0 where all masks are alike or there is one alone. The ratio of means, not the mean distance 1 - IoU of pairs, which
    fragments and empty samples govern: of the measures that `benchmarks/next_image.py` compares it ranks nodules of the LIDC val split
    most as their radiologists do (our choice).
    """
    flat = flat_masks(masks)
    sizes = flat.sum(axis=1, dtype=np.float64)
    shared = pairs_once(shared_voxels(flat, flat)).sum()
    either = pairs_once(sizes[:, None] + sizes[None, :]).sum() - shared
    return float(1.0 - shared / either) if either else 0.0


def lesion_clicks(masks: np.ndarray) -> list[Index]:
    """A voxel in the middle of each lesion that any rater marked, the largest first and at most MOST_LESIONS; masks (R, I, J, K) bool."""
    unions = [(lesion.masks.any(axis=0), lesion.box.start) for lesion in match_lesions(masks)]
    unions.sort(key=lambda union: -int(union[0].sum()))
    found = []
    for union, start in unions[:MOST_LESIONS]:
        i, j, k = middle_of(union)
        found.append((i + start[0], j + start[1], k + start[2]))
    return found


def score_lesions(volume: Volume, masks: np.ndarray, model: Model, on_progress: Progress | None = None) -> tuple[LesionScore, ...]:
    """The scores of an image's lesions, none where nobody marked one; masks (R, I, J, K) bool are what its raters drew.

    on_progress: called again and again with the done share of a lesion; what it raises ends the scoring. Raises InputError where the
    masks do not lie on the image's grid.
    """
    if masks.shape[1:] != volume.shape:
        raise InputError(f"The annotations have {masks.shape[1:]} voxels, but the image has {volume.shape}: it was exchanged.")
    scores = []
    for click in lesion_clicks(masks):
        request = Request(click, SAMPLES, model.preset.nfe, model.preset.guidance, SEED)
        scores.append(LesionScore(click, set_disagreement(sample_lesion(volume, request, model, on_progress).masks)))
    return tuple(scores)


def image_disagreement(lesions: tuple[LesionScore, ...]) -> float:
    """That of the most disputed lesion, since one is reason enough to ask another reader; 0 without a lesion. Our choice."""
    return max((lesion.disagreement for lesion in lesions), default=0.0)
