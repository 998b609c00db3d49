"""Slice-to-slice IoU against cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ssb.metrics.slices import slice_iou


def stack(*slices: list[int]) -> np.ndarray:
    """One mask (2, 1, K) from its slices of two voxels each."""
    return np.array(slices, dtype=bool).T[:, None, :]


def test_worked_cases() -> None:
    same = stack([1, 1], [1, 1], [1, 1])
    shrinks = stack([1, 1], [1, 0], [0, 0])  # 1/2 and 0
    jumps = stack([1, 0], [0, 1], [1, 0])  # 0 and 0
    gap = stack([1, 1], [1, 1], [0, 0])  # 1 and 0
    late = stack([0, 0], [0, 0], [1, 0])  # empty pair left out, then 0
    np.testing.assert_allclose(slice_iou(np.stack([same, shrinks, jumps, gap, late])), [1, 0.25, 0, 0.5, 0])


def test_no_pair_gives_nan() -> None:
    assert np.isnan(slice_iou(np.zeros((1, 2, 2, 3), dtype=bool))).all()
    assert np.isnan(slice_iou(np.ones((1, 2, 2, 1), dtype=bool))).all()


def test_needs_four_axes() -> None:
    with pytest.raises(ValueError, match=r"got shape \(2, 2, 3\)"):
        slice_iou(np.zeros((2, 2, 3), dtype=bool))
