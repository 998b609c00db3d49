"""Which annotations of a scan are of the same lesion, where their radiologists are not known."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ssb.datasets.outlines import Nodule
from ssb.raters.joining import join_alike

READERS = 4
"""Radiologists who read each LIDC-IDRI scan."""


def group_annotations(masks: list[Nodule]) -> list[list[int]]:
    """The lesions of a scan, each as the ascending indices of its annotations, in the order of their first ones.

    Two annotations are of one lesion where their masks share a voxel, and so are chains of such pairs, but no lesion has more than four
    annotations: each of the four radiologists outlined it once. So pairs are joined in the order of falling IoU, and a pair that would
    make a lesion of more than four is passed over. Our choice; pylidc groups by the distance between outlines instead.
    """
    likeness = np.full((len(masks), len(masks)), np.nan)
    for a, b in combinations(range(len(masks)), 2):
        likeness[a, b] = likeness[b, a] = nodule_iou(masks[a], masks[b]) or np.nan
    return join_alike(likeness, lambda members: len(members) <= READERS)


def nodule_iou(a: Nodule, b: Nodule) -> float:
    """Intersection over union of two masks of one grid, 0 where they share nothing, two empty ones included."""
    start, stop = np.maximum(a.box.start, b.box.start), np.minimum(a.box.stop, b.box.stop)
    if np.any(start >= stop):
        return 0.0
    parts = [n.mask[tuple(slice(u - o, v - o) for u, v, o in zip(start, stop, n.box.start, strict=True))] for n in (a, b)]
    shared = int(np.count_nonzero(parts[0] & parts[1]))
    return shared / max(1, int(a.mask.sum() + b.mask.sum()) - shared)
