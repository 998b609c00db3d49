"""Masks that lie in boxes of one grid: joined in one box, and cut to the voxels that they cover."""

from __future__ import annotations

import numpy as np

from ssb.plausible import Box, Index

Part = tuple[np.ndarray, Box]
"""Masks (N, a, b, c) bool and the box that they lie in."""


def union(parts: list[Part]) -> Part:
    """All masks in the smallest box that holds the boxes of all parts."""
    starts, stops = np.array([box.start for _, box in parts]), np.array([box.stop for _, box in parts])
    low, high = starts.min(axis=0), stops.max(axis=0)
    placed = []
    for masks, box in parts:
        whole = np.zeros((len(masks), *(high - low)), dtype=bool)
        i, j, k = (slice(a - o, b - o) for a, b, o in zip(box.start, box.stop, low, strict=True))
        whole[:, i, j, k] = masks
        placed.append(whole)
    return np.concatenate(placed), Box.between(low, high)


def tight(masks: np.ndarray, box: Box, point: Index) -> Part:
    """The masks (N, a, b, c) bool of a box in the smallest box that holds them and the voxel `point` of the grid."""
    at = np.argwhere(masks.any(axis=0)) + box.start
    at = np.concatenate([at, np.array([point])])
    low, high = at.min(axis=0), at.max(axis=0) + 1
    i, j, k = (slice(a - o, b - o) for a, b, o in zip(low, high, box.start, strict=True))
    return np.ascontiguousarray(masks[:, i, j, k]), Box.between(low, high)
