"""The GED that more independent samples would reach."""

from __future__ import annotations

import numpy as np
import pytest

from ssb.benchmark.expected import expected_ged, mean_distance
from ssb.metrics import ged

# Three masks of four pixels: the distances are 1/2 between the first two and 1 from either to the third.
MASKS = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1]], dtype=bool)
RATERS = MASKS[:2]


def expected(few: int, many: int, samples: np.ndarray) -> float:
    return expected_ged(ged(samples, RATERS), ged(samples, RATERS, unbiased=True), few, many, mean_distance(RATERS), len(RATERS))


def test_mean_distance_leaves_self_pairs_out() -> None:
    assert mean_distance(MASKS) == pytest.approx((0.5 + 1 + 1) / 3)
    assert mean_distance(MASKS[:1]) == 0


def test_same_number_gives_the_biased_form_back() -> None:
    assert expected(3, 3, MASKS) == pytest.approx(ged(MASKS, RATERS))


def test_by_hand() -> None:
    # U = 2 * (0 + 1/2 + 1/2 + 0 + 1 + 1) / 6 - 5/6 - 1/2 = -1/3; at 10 samples D_SS / 10 = 1/12 and D_YY / 2 = 1/4 come on top.
    assert expected(3, 10, MASKS) == pytest.approx(-1 / 3 + 1 / 12 + 1 / 4)


def test_mean_over_all_pairs_of_draws_is_that_over_all_quadruples() -> None:
    """Draws with replacement are independent: the mean over every possible draw of 2 samples tells that over every draw of 4."""
    pairs = [MASKS[list(np.unravel_index(n, (3, 3)))] for n in range(3**2)]
    quadruples = [MASKS[list(np.unravel_index(n, (3, 3, 3, 3)))] for n in range(3**4)]
    told = np.mean([expected(2, 4, samples) for samples in pairs])
    measured = np.mean([ged(samples, RATERS) for samples in quadruples])
    assert told == pytest.approx(measured)
    assert told != pytest.approx(np.mean([ged(samples, RATERS) for samples in pairs]), abs=0.01)
