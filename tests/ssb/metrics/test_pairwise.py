"""IoU and Dice of pairs against cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ssb.metrics.pairwise import dice_matrix, flat_masks, iou_matrix

EMPTY = [[0, 0], [0, 0]]
LEFT = [[1, 0], [1, 0]]
CORNER = [[1, 0], [0, 0]]
RIGHT = [[0, 1], [0, 1]]


def masks(*rows: list[list[int]]) -> np.ndarray:
    return np.array(rows, dtype=bool)


def test_iou_of_every_pair() -> None:
    found = iou_matrix(masks(EMPTY, LEFT, CORNER), masks(EMPTY, LEFT, RIGHT, CORNER))
    np.testing.assert_array_equal(found, [[1, 0, 0, 0], [0, 1, 0, 0.5], [0, 0.5, 0, 1]])
    assert found.dtype == np.float64


def test_dice_of_every_pair() -> None:
    found = dice_matrix(masks(EMPTY, LEFT, CORNER), masks(EMPTY, LEFT, RIGHT, CORNER))
    np.testing.assert_allclose(found, [[1, 0, 0, 0], [0, 1, 0, 2 / 3], [0, 2 / 3, 0, 1]])


def test_any_number_of_axes() -> None:
    first, second = np.random.default_rng(0).random((2, 3, 4, 5, 6)) > 0.5
    flat = iou_matrix(first.reshape(3, -1), second.reshape(3, -1))
    np.testing.assert_array_equal(iou_matrix(first, second), flat)
    direct = [[(a & b).sum() / (a | b).sum() for b in second] for a in first]
    np.testing.assert_allclose(flat, direct)


def test_counts_stay_exact_beyond_float32() -> None:
    voxels = 2**24 + 3
    whole = np.ones((1, voxels), dtype=bool)
    but_one = whole.copy()
    but_one[0, 0] = False
    assert iou_matrix(whole, but_one)[0, 0] == (voxels - 1) / voxels


def test_bad_sets_are_refused() -> None:
    with pytest.raises(ValueError, match=r"different voxels: \(2, 2\) and \(4,\)"):
        iou_matrix(masks(EMPTY), np.zeros((1, 4), dtype=bool))
    with pytest.raises(ValueError, match="at least one mask"):
        flat_masks(np.zeros((0, 2, 2), dtype=bool))


def test_background_around_the_masks_changes_nothing() -> None:
    first, second = np.random.default_rng(1).random((2, 3, 6, 6)) > 0.6
    wide_first, wide_second = (np.pad(sets, ((0, 0), (9, 4), (0, 7))) for sets in (first, second))
    np.testing.assert_array_equal(iou_matrix(wide_first, wide_second), iou_matrix(first, second))
    np.testing.assert_array_equal(dice_matrix(wide_first, wide_second), dice_matrix(first, second))
