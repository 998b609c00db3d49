"""Brier score against cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ssb.metrics.brier import brier

EMPTY, A, B = ([0, 0, 0], [1, 0, 0], [0, 1, 0])


def masks(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=bool)


@pytest.mark.parametrize(
    ("samples", "raters", "value"),
    [
        ((EMPTY, EMPTY), (EMPTY,), 0.0),
        ((EMPTY,), (A,), 1 / 3),
        ((A, A), (A, A, A), 0.0),  # identical
        ((A,), (B,), 2 / 3),  # disjoint
        ((A, B), (A, B), 0.0),
        ((A, B), (A,), 1 / 6),  # off by 1/2 at two voxels of three
        ((A, EMPTY, EMPTY, EMPTY), (A, A, B, B), 5 / 48),  # off by 1/4 and by 1/2
    ],
)
def test_worked_cases(samples: tuple[list[int], ...], raters: tuple[list[int], ...], value: float) -> None:
    assert brier(masks(*samples), masks(*raters)) == pytest.approx(value, abs=1e-12)


def test_each_rater_alone_adds_what_no_model_can_change() -> None:
    samples, raters = np.random.default_rng(4).random((2, 4, 30)) < 0.4
    q = raters.mean(axis=0)
    single = np.mean([brier(samples, rater[None]) for rater in raters])
    assert single == pytest.approx(brier(samples, raters) + np.mean(q * (1 - q)), abs=1e-12)
