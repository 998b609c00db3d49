"""D_max against cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ssb.metrics.dice_max import d_max

EMPTY, A, B, AB = ([0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0])


def masks(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=bool)


@pytest.mark.parametrize(
    ("samples", "raters", "value"),
    [
        ((EMPTY,), (EMPTY, EMPTY), 1.0),
        ((EMPTY,), (A,), 0.0),
        ((A, B), (A, B), 1.0),
        ((A,), (B,), 0.0),
        ((A,), (A, B), 0.5),  # best Dice 1 and 0
        ((AB, EMPTY), (A, B, EMPTY), 7 / 9),  # best Dice 2/3, 2/3 and 1
        ((A, B, AB), (AB, AB), 1.0),  # bad samples cost nothing
    ],
)
def test_worked_cases(samples: tuple[list[int], ...], raters: tuple[list[int], ...], value: float) -> None:
    assert d_max(masks(*samples), masks(*raters)) == pytest.approx(value, abs=1e-12)
