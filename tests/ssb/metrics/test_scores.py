"""Names and values of all metrics of one set."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ssb.metrics import scores_at, set_scores

A, B = np.array([[1, 0, 0]], dtype=bool), np.array([[0, 1, 0]], dtype=bool)


def test_values_by_name() -> None:
    found = set_scores(np.concatenate([A, A, B]), np.concatenate([A, B]))
    uncertainty, error_a, error_b = [4 / 9, 4 / 9, 0], [1 / 3, 1 / 3, 0], [2 / 3, 2 / 3, 0]
    expected = {
        "ged_3": 1 / 18,
        "ged_unbiased_3": -2 / 3,
        "hm_iou_3": 5 / 6,
        "d_max_3": 1.0,
        "d_ddi_3": 1 / 12,
        "d_ddi_diversity_3": 1 / 9,
        "d_ddi_consensus_3": 1 / 18,
        "s_ncc": np.mean([np.corrcoef(uncertainty, error)[0, 1] for error in (error_a, error_b)]),
        "ci_3": 0.6,  # S_c = D_max = 1, D_a = 1/2
        "ece_3": 1 / 9,  # p = (2/3, 1/3, 0), q = (1/2, 1/2, 0), each in a bin of its own
        "brier_3": 1 / 54,
        "auroc_3": 0.75,  # consensus A: two errors and two right at score 1, two right at score 0
    }
    assert found == pytest.approx(expected)


def test_one_sample_has_no_pairs() -> None:
    found = set_scores(A, np.concatenate([A, B]))
    assert [key for key, value in found.items() if math.isnan(value)] == ["ged_unbiased_1", "d_ddi_1", "d_ddi_diversity_1"]
    assert found["ged_1"] == pytest.approx(0.5)


def test_consensus_without_error_has_no_auroc() -> None:
    found = set_scores(np.concatenate([A, A]), np.concatenate([A, A]))
    assert math.isnan(found["auroc_2"])
    assert [found[key] for key in ("hm_iou_2", "d_max_2", "s_ncc", "ci_2")] == [1, 1, 1, 1]
    assert [found[key] for key in ("ged_2", "d_ddi_2", "ece_2", "brier_2")] == [0, 0, 0, 0]


def test_scores_at_several_counts_are_those_of_the_first_samples() -> None:
    rng = np.random.default_rng(0)
    samples, raters = rng.random((9, 5, 6)) < 0.3, rng.random((4, 5, 6)) < 0.3
    found = scores_at(samples, raters, (9, 4, 1))
    alone = {n: set_scores(samples[:n], raters) for n in (1, 4, 9)}
    assert found == pytest.approx({key: value for n in alone for key, value in alone[n].items()}, nan_ok=True)
    assert found["s_ncc"] == alone[9]["s_ncc"] != alone[4]["s_ncc"]


@pytest.mark.parametrize("count", [0, 3])
def test_a_count_without_samples_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"a number of samples from 1 to 2, got {count}"):
        scores_at(np.concatenate([A, B]), A, [count])
