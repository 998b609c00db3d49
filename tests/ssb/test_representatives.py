"""Samples chosen from candidates."""

from __future__ import annotations

import numpy as np
import pytest

from ssb.metrics.pairwise import iou_matrix
from ssb.representatives import COVERAGE, representatives


def discs(count: int, seed: int = 0) -> np.ndarray:
    """Discs of random radius and place, some empty, (count, 24, 24)."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((24, 24))
    radii = np.maximum(rng.normal(4, 3, count), 0)
    places = rng.normal(12, 1.5, (count, 2))
    return np.stack([(rows - r) ** 2 + (columns - c) ** 2 < radius**2 for radius, (r, c) in zip(radii, places, strict=True)])


def energy(chosen: np.ndarray, masks: np.ndarray) -> float:
    """2 E d(S, X) - E d(X, X) of the chosen X and all masks S."""
    return float(2 * (1 - iou_matrix(masks, chosen)).mean() - (1 - iou_matrix(chosen, chosen)).mean())


def left_out(chosen: np.ndarray, masks: np.ndarray) -> float:
    """Mean distance of all masks to the nearest chosen one."""
    return float((1 - iou_matrix(masks, chosen)).min(axis=1).mean())


def test_one_candidate_each_is_the_sample() -> None:
    assert representatives(discs(5), 5, 1).tolist() == [0, 1, 2, 3, 4]
    assert representatives(discs(5)[:0], 0, 4).tolist() == []


@pytest.mark.parametrize("each", [2, 5])
def test_each_sample_is_the_best_of_the_candidates_so_far(each: int) -> None:
    masks = discs(6 * each)
    chosen = representatives(masks, 6, each).tolist()
    for count in range(1, 7):
        known = masks[: count * each]
        costs = {}
        for own in set(range(len(known))) - set(chosen[: count - 1]):
            together = known[[*chosen[: count - 1], own]]
            costs[own] = energy(together, known) + COVERAGE * left_out(together, known)
        assert costs[chosen[count - 1]] == pytest.approx(min(costs.values()), abs=1e-12)


def test_more_samples_begin_with_the_same_ones_and_none_comes_twice() -> None:
    masks = discs(64)
    many = representatives(masks, 16, 4)
    assert representatives(masks[:24], 6, 4).tolist() == many[:6].tolist()
    assert len(set(many.tolist())) == 16


def test_readings_keep_their_shares() -> None:
    large, small = np.zeros((2, 4, 4), dtype=bool)
    large[:, :3], small[:, 3] = True, True
    masks = np.stack([large, large, small, large] * 8)
    shares = masks[representatives(masks, 8, 4)][:, 0, 3].mean()
    assert shares == 0.25


def test_representatives_are_more_like_all_candidates_than_the_first_ones_are() -> None:
    better = []
    for seed in range(10):
        masks = discs(64, seed)
        chosen = masks[representatives(masks, 16, 4)]
        better.append((energy(masks[:16], masks) - energy(chosen, masks), left_out(masks[:16], masks) - left_out(chosen, masks)))
    assert all(more > 0 for more, _ in better)
    assert np.mean([nearer for _, nearer in better]) > 0


def test_where_some_candidates_were_dropped_the_last_samples_choose_from_all() -> None:
    masks = discs(10)
    chosen = representatives(masks, 8, 4)
    assert len(set(chosen.tolist())) == 8
    assert representatives(masks, 10, 4).tolist() != list(range(10))
    assert sorted(representatives(masks, 10, 4).tolist()) == list(range(10))
