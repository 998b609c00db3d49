"""Names and values of all metrics of one set."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ssb.metrics import set_scores

A, B = np.array([[1, 0, 0]], dtype=bool), np.array([[0, 1, 0]], dtype=bool)


def test_values_by_name() -> None:
    found = set_scores(np.concatenate([A, A, B]), np.concatenate([A, B]))
    uncertainty, error_a, error_b = [4 / 9, 4 / 9, 0], [1 / 3, 1 / 3, 0], [2 / 3, 2 / 3, 0]
    expected = {
        "ged_3": 1 / 18,
        "ged_unbiased_3": -2 / 3,
        "hm_iou_3": 5 / 6,
        "d_max_3": 1.0,
        "s_ncc": np.mean([np.corrcoef(uncertainty, error)[0, 1] for error in (error_a, error_b)]),
        "ci_3": 0.6,  # S_c = D_max = 1, D_a = 1/2
        "ece_3": 1 / 9,  # p = (2/3, 1/3, 0), q = (1/2, 1/2, 0), each in a bin of its own
        "brier_3": 1 / 54,
        "auroc_3": 0.75,  # consensus A: two errors and two right at score 1, two right at score 0
    }
    assert found == pytest.approx(expected)


def test_one_sample_has_no_unbiased_value() -> None:
    found = set_scores(A, np.concatenate([A, B]))
    assert math.isnan(found["ged_unbiased_1"])
    assert found["ged_1"] == pytest.approx(0.5)


def test_consensus_without_error_has_no_auroc() -> None:
    found = set_scores(np.concatenate([A, A]), np.concatenate([A, A]))
    assert math.isnan(found["auroc_2"])
    assert [found[key] for key in ("ged_2", "hm_iou_2", "d_max_2", "s_ncc", "ci_2", "ece_2", "brier_2")] == [0, 1, 1, 1, 1, 0, 0]
