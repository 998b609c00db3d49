"""Expected calibration error against cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ssb.metrics.calibration import ece

EMPTY, A, B = ([0, 0, 0], [1, 0, 0], [0, 1, 0])


def masks(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=bool)


def shares(of: int, *counts: int) -> np.ndarray:
    """`of` masks over len(counts) voxels, `counts` of them covering each voxel."""
    return np.arange(of)[:, None] < np.array(counts)


@pytest.mark.parametrize(
    ("samples", "raters", "value"),
    [
        ((EMPTY, EMPTY), (EMPTY,), 0.0),
        ((EMPTY,), (A,), 1 / 3),  # one bin of three voxels: 0 stated, 1/3 true
        ((A, A), (A, A, A), 0.0),  # identical
        ((A,), (B,), 2 / 3),  # the bin of 1 is off by 1 at one voxel, that of 0 by 1/2 at two
        ((A, B), (A, A), 0.0),  # 1/2 stated at two voxels and true at half of them: calibrated, though not right
        ((A, EMPTY), (A,), 1 / 6),  # 1/2 stated, 1 true, at one voxel of three
    ],
)
def test_worked_cases(samples: tuple[list[int], ...], raters: tuple[list[int], ...], value: float) -> None:
    assert ece(masks(*samples), masks(*raters)) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(
    ("samples", "raters", "value"),
    [
        (shares(10, 3, 2), shares(2, 0, 1), 0.3),  # 0.3 and 0.2 lie in two bins: (0.3 + 0.3) / 2
        (shares(100, 29, 30), shares(2, 0, 2), 0.495),  # so do 0.29 and 0.30: (0.29 + 0.70) / 2
        (shares(20, 6, 7), shares(2, 2, 0), 0.175),  # 0.30 and 0.35 share one: |0.65 - 1| / 2
        (shares(10, 9, 10), shares(2, 2, 1), 0.2),  # 0.9 and 1 share the last one: |1.9 - 1.5| / 2
    ],
)
def test_ten_bins_closed_below(samples: np.ndarray, raters: np.ndarray, value: float) -> None:
    assert ece(samples, raters) == pytest.approx(value, abs=1e-12)
