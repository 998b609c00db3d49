"""Bootstrap intervals over patients against cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ssb.metrics.bootstrap import patient_interval, resampled_means

NAN = float("nan")


@pytest.mark.parametrize(
    ("values", "patients", "low", "high"),
    [
        ([0.3, 0.3, 0.3], "abc", 0.3, 0.3),
        ([0, 1], "ab", 0, 1),  # means 0, 1/2, 1 with chances 1/4, 1/2, 1/4
        ([0, 1, 0, 1], "aabb", 0.5, 0.5),  # both patients alike: no interval, though their crops differ
        ([0] * 5 + [1] * 5, "abcdefghij", 0.2, 0.8),  # tenths of a binomial (10, 1/2): P(0..1) = 0.011, P(0..2) = 0.055
        ([0.5, 1, NAN, NAN], "abca", 0.5, 1),  # values that are not defined are left out
    ],
)
def test_worked_cases(values: list[float], patients: str, low: float, high: float) -> None:
    found = patient_interval(np.array(values)[:, None], list(patients))
    np.testing.assert_allclose(found[:, 0], [low, high], atol=1e-12)


@pytest.mark.parametrize(("values", "patients"), [([0.0, 1.0], "aa"), ([0.0, 1.0, NAN], "aab"), ([NAN, NAN], "ab")])
def test_fewer_than_two_patients_have_no_interval(values: list[float], patients: str) -> None:
    assert np.isnan(patient_interval(np.array(values)[:, None], list(patients))).all()


def test_mean_of_a_resample_counts_every_crop() -> None:
    # Nine patients of one crop at 0 and one of nine crops at 1: drawn k times, the mean is 9 k / (9 k + 10 - k).
    values = np.repeat([0.0, 1.0], 9)[:, None]
    low, high = patient_interval(values, [*"abcdefghi", *"jjjjjjjjj"])[:, 0]
    assert low == 0  # k = 0 has chance 0.35
    assert high == pytest.approx(27 / 34)  # k = 3; P(k > 2) = 0.070, P(k > 3) = 0.013


def test_columns_share_the_resamples_and_the_seed_decides() -> None:
    values, patients = np.random.default_rng(1).random((30, 2)), [f"p{i // 3}" for i in range(30)]
    values[4, 1] = NAN
    both = patient_interval(values, patients, seed=7)
    np.testing.assert_allclose(both, np.hstack([patient_interval(values[:, [k]], patients, seed=7) for k in (0, 1)]), atol=1e-12)
    np.testing.assert_array_equal(both, patient_interval(values, patients, seed=7))
    assert (both != patient_interval(values, patients, seed=8)).all()
    assert (both[0] < np.nanmean(values, axis=0)).all()
    assert (np.nanmean(values, axis=0) < both[1]).all()


def test_covers_the_true_mean_about_as_often_as_stated() -> None:
    rng = np.random.default_rng(9)
    effects = rng.normal(size=(40, 300))
    values = np.repeat(effects, 5, axis=0) + 0.3 * rng.normal(size=(200, 300))
    low, high = patient_interval(values, [str(i // 5) for i in range(200)], resamples=500)
    assert 0.89 < np.mean((low < 0) & (high > 0)) < 0.98


def test_every_crop_needs_its_patient() -> None:
    with pytest.raises(ValueError, match=r"each of the 2 crops, got shape \(3, 1\)"):
        patient_interval(np.zeros((3, 1)), ["a", "b"])


def test_resampled_means_are_paired_and_of_whole_patients() -> None:
    values = np.array([[1.0, 2.0], [3.0, 6.0], [NAN, 10.0]])
    means = resampled_means(values, ["a", "a", "b"], resamples=200)
    assert {tuple(row) for row in means[~np.isnan(means[:, 0])]} == {(2.0, 4.0), (2.0, 6.0)}
    assert {row[1] for row in means[np.isnan(means[:, 0])]} == {10.0}
