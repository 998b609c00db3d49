"""HM-IoU against cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ssb.metrics.hungarian import hm_iou

EMPTY, A, B, AB = ([0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0])


def masks(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=bool)


@pytest.mark.parametrize(
    ("samples", "raters", "value"),
    [
        ((EMPTY, EMPTY), (EMPTY,), 1.0),
        ((EMPTY,), (A,), 0.0),
        ((B, A), (A, B), 1.0),  # order does not matter
        ((A,), (B,), 0.0),
        ((A, A, A, B), (A, B), 0.75),  # each rater twice: A-A, A-A, B-B and one A left for B
        ((A, A, B), (A, B), 5 / 6),  # 3 and 2 become 6: four A and two B against three of each
        ((A, AB), (A, B), 0.75),  # A-A 1 and AB-B 1/2, not AB-A and A-B
        ((AB, EMPTY, EMPTY), (A, EMPTY), 2 / 3),  # six pairs: two AB-A (1/2 each), one EMPTY-A (0), three EMPTY-EMPTY
    ],
)
def test_worked_cases(samples: tuple[list[int], ...], raters: tuple[list[int], ...], value: float) -> None:
    assert hm_iou(masks(*samples), masks(*raters)) == pytest.approx(value, abs=1e-12)
