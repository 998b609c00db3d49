"""Masks that lie in boxes of one grid: joined in one box, and cut to the voxels that they cover."""

from __future__ import annotations

import numpy as np

from ssb.plausible import Box, Index


def union(parts: list[tuple[np.ndarray, Box]]) -> tuple[np.ndarray, Box]:
    """All masks, each part (N, a, b, c) bool with its box, in the smallest box that holds those of all parts."""
    starts, stops = np.array([box.start for _, box in parts]), np.array([box.stop for _, box in parts])
    low, high = starts.min(axis=0), stops.max(axis=0)
    placed = []
    for masks, box in parts:
        whole = np.zeros((len(masks), *(high - low)), dtype=bool)
        i, j, k = (slice(a - o, b - o) for a, b, o in zip(box.start, box.stop, low, strict=True))
        whole[:, i, j, k] = masks
        placed.append(whole)
    return np.concatenate(placed), _box(low, high)


def tight(masks: np.ndarray, box: Box, point: Index) -> tuple[np.ndarray, Box]:
    """The masks (N, a, b, c) bool of a box in the smallest box that holds them and the voxel `point` of the grid."""
    at = np.argwhere(masks.any(axis=0)) + box.start
    at = np.concatenate([at, np.array([point])])
    low, high = at.min(axis=0), at.max(axis=0) + 1
    i, j, k = (slice(a - o, b - o) for a, b, o in zip(low, high, box.start, strict=True))
    return np.ascontiguousarray(masks[:, i, j, k]), _box(low, high)


def _box(low: np.ndarray, high: np.ndarray) -> Box:
    return Box((int(low[0]), int(low[1]), int(low[2])), (int(high[0]), int(high[1]), int(high[2])))
