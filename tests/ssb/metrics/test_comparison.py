"""What is counted once for all metrics, against direct counting."""

from __future__ import annotations

import numpy as np
import pytest

from ssb.metrics.comparison import Comparison
from ssb.metrics.pairwise import dice_matrix, iou_matrix

EMPTY, LEFT, CORNER, RIGHT = [[0, 0], [0, 0]], [[1, 0], [1, 0]], [[1, 0], [0, 0]], [[0, 1], [0, 1]]


def masks(*rows: list[list[int]]) -> np.ndarray:
    return np.array(rows, dtype=bool)


def test_likeness_of_every_pair() -> None:
    found = Comparison.of(masks(EMPTY, LEFT), masks(CORNER, EMPTY, LEFT))
    np.testing.assert_array_equal(found.iou.between, [[0, 1, 0], [0.5, 0, 1]])
    np.testing.assert_array_equal(found.iou.samples, [[1, 0], [0, 1]])
    np.testing.assert_allclose(found.dice.raters, [[1, 0, 2 / 3], [0, 1, 0], [2 / 3, 0, 1]])


def test_counts_of_every_voxel() -> None:
    found = Comparison.of(masks(LEFT, CORNER), masks(CORNER, EMPTY, EMPTY, CORNER))
    assert (found.n, found.m, found.used.tolist()) == (2, 4, [True, False, True, False])
    assert (found.covered.tolist(), found.drawn.tolist()) == ([2, 0, 1, 0], [2, 0, 0, 0])
    assert (found.mean.tolist(), found.rater_mean.tolist()) == ([1, 0, 0.5, 0], [0.5, 0, 0, 0])
    np.testing.assert_array_equal(found.rater_masks, masks(CORNER, EMPTY, EMPTY, CORNER).reshape(4, 4))


def test_all_empty() -> None:
    found = Comparison.of(masks(EMPTY, EMPTY), masks(EMPTY))
    assert (found.iou.between.tolist(), found.dice.samples.tolist()) == ([[1], [1]], [[1, 1], [1, 1]])
    assert found.covered.tolist() == [0, 0, 0, 0]


def test_first_samples_are_compared_as_if_alone() -> None:
    rng = np.random.default_rng(0)
    samples, raters = rng.random((6, 4, 5, 3)) < 0.2, rng.random((3, 4, 5, 3)) < 0.2
    whole = Comparison.of(samples, raters)
    for n in (1, 4, 6):
        part = whole.first(n)
        np.testing.assert_array_equal(part.iou.between, iou_matrix(samples[:n], raters))
        np.testing.assert_array_equal(part.iou.samples, iou_matrix(samples[:n], samples[:n]))
        np.testing.assert_array_equal(part.dice.raters, dice_matrix(raters, raters))
        np.testing.assert_array_equal(part.covered, samples[:n].sum(axis=0).ravel())


@pytest.mark.parametrize("n", [0, 3])
def test_more_samples_than_there_are_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match=f"from 1 to 2, got {n}"):
        Comparison.of(masks(LEFT, RIGHT), masks(CORNER)).first(n)


def test_other_voxels_are_refused() -> None:
    with pytest.raises(ValueError, match=r"different voxels: \(2, 2\) and \(4,\)"):
        Comparison.of(masks(LEFT), np.zeros((1, 4), dtype=bool))
