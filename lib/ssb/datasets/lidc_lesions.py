"""Which annotations of a scan are of the same lesion, where their radiologists are not known."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ssb.datasets.outlines import Nodule

READERS = 4
"""Radiologists who read each LIDC-IDRI scan."""


def group_annotations(masks: list[Nodule]) -> list[list[int]]:
    """The lesions of a scan, each as the ascending indices of its annotations, in the order of their first ones.

    Two annotations are of one lesion where their masks share a voxel, and so are chains of such pairs, but no lesion has more than four
    annotations: each of the four radiologists outlined it once. So pairs are joined in the order of falling IoU, and a pair that would
    make a lesion of more than four is passed over. Our choice; pylidc groups by the distance between outlines instead.
    """
    lesion = list(range(len(masks)))
    pairs = [(nodule_iou(masks[a], masks[b]), a, b) for a, b in combinations(range(len(masks)), 2)]
    for iou, a, b in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        first, other = sorted((lesion[a], lesion[b]))
        joined = sum(label in (first, other) for label in lesion)
        if iou > 0 and first != other and joined <= READERS:
            lesion = [first if label == other else label for label in lesion]
    return [[n for n, label in enumerate(lesion) if label == one] for one in sorted(set(lesion))]


def nodule_iou(a: Nodule, b: Nodule) -> float:
    """Intersection over union of two masks of one grid, 0 where they share nothing, two empty ones included."""
    start, stop = np.maximum(a.box.start, b.box.start), np.minimum(a.box.stop, b.box.stop)
    if np.any(start >= stop):
        return 0.0
    parts = [n.mask[tuple(slice(u - o, v - o) for u, v, o in zip(start, stop, n.box.start, strict=True))] for n in (a, b)]
    shared = int(np.count_nonzero(parts[0] & parts[1]))
    return shared / max(1, int(a.mask.sum() + b.mask.sum()) - shared)
