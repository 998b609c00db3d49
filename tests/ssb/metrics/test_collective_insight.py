"""Collective insight against cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ssb.metrics.collective_insight import collective_insight

EMPTY, A, B, AB, ALL = ([0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0], [1, 1, 1])


def masks(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=bool)


@pytest.mark.parametrize(
    ("samples", "raters", "value"),
    [
        ((EMPTY, EMPTY), (EMPTY,), 1.0),  # nothing to miss, nothing missed: three times 1
        ((EMPTY,), (A,), 0.0),
        ((A,), (EMPTY,), 0.0),  # S_c = 1, but D_max = 0
        ((A, B), (B, A), 1.0),  # identical sets
        ((A,), (B,), 0.0),  # disjoint: S_c = D_max = 0, D_a = 1
        ((ALL,), (A, B), 0.0),  # S_c = 1 and D_max = 1/2, but V is 0 against 1, so D_a = 0
        ((A,), ([0, 1, 0], [0, 0, 1]), 0.0),  # all three parts are 0
        ((A, A, B), (A, B), 3 * 0.5 / 2.5),  # S_c = D_max = 1; V largest 1 and 1, smallest 0 and 1: D_a = 1/2
        ((AB, A), (A, B), 5 / 13),  # S_c = 1, D_max = 5/6, V = 1/3 against 1: D_a = 1/3
        ((A, A), (A, AB), 5 / 12),  # S_c = 1/2, D_max = 5/6, V = 0 against 1/3: D_a = 2/3
    ],
)
def test_worked_cases(samples: tuple[list[int], ...], raters: tuple[list[int], ...], value: float) -> None:
    assert collective_insight(masks(*samples), masks(*raters)) == pytest.approx(value, abs=1e-12)


def test_size_of_the_crop_does_not_matter() -> None:
    samples, raters = np.random.default_rng(2).random((2, 4, 8, 8)) < 0.4
    larger = [np.pad(sets, ((0, 0), (20, 20), (20, 20))) for sets in (samples, raters)]
    assert 0 < collective_insight(samples, raters) < 1
    assert collective_insight(*larger) == pytest.approx(collective_insight(samples, raters), abs=1e-12)
