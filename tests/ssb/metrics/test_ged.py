"""GED against cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ssb.metrics.ged import ged

EMPTY, A, B, AB = ([0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0])


def masks(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=bool)


@pytest.mark.parametrize(
    ("samples", "raters", "value"),
    [
        ((EMPTY, EMPTY), (EMPTY,), 0.0),  # all empty: every distance is 0
        ((EMPTY,), (A,), 2.0),  # one empty: 2 * 1
        ((A, A), (A, A, A), 0.0),  # identical
        ((A,), (B,), 2.0),  # disjoint: 2 * 1
        ((A, B), (A, B), 0.0),  # same distribution: 2 * 1/2 - 1/2 - 1/2
        ((A,), (A, B), 0.5),  # no spread in the samples: 2 * 1/2 - 0 - 1/2
        ((AB,), (A, B), 0.5),  # their union: 2 * 1/2 - 0 - 1/2
        ((A, A, B), (A, B), 1 / 18),  # 2 * 1/2 - 4/9 - 1/2
        ((EMPTY, A), (A,), 0.5),  # half of the samples say "nothing there": 2 * 1/2 - 1/2
    ],
)
def test_biased_form(samples: tuple[list[int], ...], raters: tuple[list[int], ...], value: float) -> None:
    assert ged(masks(*samples), masks(*raters)) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(
    ("samples", "raters", "value"),
    [
        ((A, A), (A, A), 0.0),
        ((A, B), (A, B), -1.0),  # 2 * 1/2 - 1 - 1: below 0 by chance, as an unbiased estimate may be
        ((A, A, B), (A, B), -2 / 3),  # 2 * 1/2 - 4/6 - 1
        ((A, A), (B, B), 2.0),
    ],
)
def test_unbiased_form_leaves_self_pairs_out(samples: tuple[list[int], ...], raters: tuple[list[int], ...], value: float) -> None:
    assert ged(masks(*samples), masks(*raters), unbiased=True) == pytest.approx(value, abs=1e-12)


def test_unbiased_form_has_the_same_mean_for_any_number_of_samples() -> None:
    rng = np.random.default_rng(3)
    raters = rng.random((4, 6)) < 0.5
    few, many = (np.mean([ged(rng.random((n, 6)) < 0.5, raters, unbiased=True) for _ in range(3000)]) for n in (2, 12))
    biased_few, biased_many = (np.mean([ged(rng.random((n, 6)) < 0.5, raters) for _ in range(3000)]) for n in (2, 12))
    assert few == pytest.approx(many, abs=0.03)
    assert biased_few > biased_many + 0.2


def test_unbiased_form_needs_two_masks() -> None:
    with pytest.raises(ValueError, match="at least 2 masks in each set, got 1"):
        ged(masks(A), masks(A, B), unbiased=True)
