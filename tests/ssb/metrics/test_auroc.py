"""AUROC of error detection against cases worked by hand and against average ranks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import rankdata

from ssb.metrics.auroc import error_auroc

EMPTY, A, B, AB, ALL = ([0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0], [1, 1, 1])


def masks(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=bool)


@pytest.mark.parametrize(
    ("samples", "raters", "value"),
    [
        ((EMPTY,), (A,), 0.5),  # an error, and no disagreement anywhere
        ((A,), (B,), 0.5),  # disjoint, and the samples agree
        ((A, EMPTY), (A,), 1.0),  # half of the samples is no consensus: an error where they disagree, and only there
        ((A, A, AB), (AB,), 1.0),  # the consensus A misses the second voxel, where one sample covers it
        ((A, EMPTY), (B,), 0.25),  # the error's score 0 ties with one of two right voxels and is below the other
        ((A, EMPTY), (A, B), 0.625),  # errors at scores 1 and 0, right at 1, 0, 0, 0: (3.5 + 1.5) / 8
        ((ALL, AB, A), (A,), 0.75),  # errors: the second voxel; scores 0, 1, 1: beats the first, ties with the third
    ],
)
def test_worked_cases(samples: tuple[list[int], ...], raters: tuple[list[int], ...], value: float) -> None:
    assert error_auroc(masks(*samples), masks(*raters)) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(
    ("samples", "raters"),
    [
        ((EMPTY, EMPTY), (EMPTY,)),
        ((A, A), (A, A, A)),  # identical: no error
        ((A, EMPTY), (EMPTY,)),  # the consensus is empty, and right
        ((EMPTY,), (ALL,)),  # errors only
    ],
)
def test_one_class_has_no_value(samples: tuple[list[int], ...], raters: tuple[list[int], ...]) -> None:
    assert math.isnan(error_auroc(masks(*samples), masks(*raters)))


def test_equals_average_ranks_of_the_entropy() -> None:
    rng = np.random.default_rng(6)
    chance = rng.random(200)
    samples, raters = rng.random((9, 200)) < chance, rng.random((4, 200)) < chance
    p = np.clip(samples.mean(axis=0), 1e-12, 1 - 1e-12)
    ranks = rankdata(np.tile(np.round(-p * np.log2(p) - (1 - p) * np.log2(1 - p), 6), 4))
    wrong = (raters != (p > 0.5)).ravel()
    errors, others = wrong.sum(), (~wrong).sum()
    expected = (ranks[wrong].sum() - errors * (errors + 1) / 2) / (errors * others)
    assert 0.55 < expected < 0.95
    assert error_auroc(samples, raters) == pytest.approx(expected, abs=1e-12)
