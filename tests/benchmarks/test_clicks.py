"""Where the clicks of the benchmark lie, and who agrees with them."""

from __future__ import annotations

import numpy as np

from benchmarks.clicks import clicks_of


def test_points_of_one_rater_against_the_others() -> None:
    masks = np.zeros((3, 20, 20, 1), bool)
    masks[0, 2:12, 5:10] = True
    masks[1, 8:18, 5:10] = True
    masks[2, 8:12, 5:10] = True  # what both drew: this one has no point of its own
    found = clicks_of(masks, np.random.default_rng(0))
    assert found is not None
    agreeing = [mask for mask in masks[:2] if np.array_equal(mask, found.agreeing[0])]
    assert len(agreeing) == len(found.agreeing) == 1
    assert len(set(found.inside)) == 2
    assert all(agreeing[0][point] for point in found.inside)
    assert not any(agreeing[0][point] for point in found.outside)


def test_nobody_has_such_points_where_all_drew_the_same() -> None:
    assert clicks_of(np.ones((3, 4, 4, 1), bool), np.random.default_rng(0)) is None
