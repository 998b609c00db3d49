"""Bootstrap interval, over patients, of a mean over crops."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEVEL = 0.95
PERCENTILES = (50.0 * (1.0 - LEVEL), 50.0 * (1.0 + LEVEL))
RESAMPLES = 2000


def patient_interval(values: np.ndarray, patients: Sequence[str], *, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """Percentile bootstrap interval of 95 % (2.5 % to 97.5 %) of the mean of each column: float64 (2, K), low and high.

    Patients are drawn with replacement, as many as there are, and each draw brings all crops of its patient: crops of one patient are
    alike and do not count as independent. A resample's mean is that over all its crops. The columns share the resamples.
    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993.

    NaN values are left out, and so are resamples without any value. The interval is NaN where fewer than two patients have a value:
    one patient says nothing about others (our choice).

    values (C, K): one row a crop, one column a metric. patients: C names, one a crop; a ValueError where their number differs.
    """
    means = resampled_means(values, patients, resamples=resamples, seed=seed)
    names = np.asarray(patients)
    interval = np.full((2, values.shape[1]), np.nan)
    enough = np.array([len(set(names[~np.isnan(column)])) >= 2 for column in values.T], dtype=bool)
    if enough.any():
        interval[:, enough] = np.nanpercentile(means[:, enough], PERCENTILES, axis=0)
    return interval


def resampled_means(values: np.ndarray, patients: Sequence[str], *, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """Mean of each column in each bootstrap resample of the patients: float64 (resamples, K), NaN where a resample has no value.

    See `patient_interval` for the arguments and the resamples: ratios and differences of columns in one resample are paired.
    """
    if values.ndim != 2 or len(values) != len(patients):
        raise ValueError(f"expected values (C, K) with one row for each of the {len(patients)} crops, got shape {values.shape}")
    names, owner = np.unique(np.asarray(patients), return_inverse=True)
    defined = ~np.isnan(values)
    sums, counts = np.zeros((2, len(names), values.shape[1]))
    np.add.at(sums, owner, np.where(defined, values, 0.0))
    np.add.at(counts, owner, defined)
    draws = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1.0 / len(names)), size=resamples)
    total, number = draws @ sums, draws @ counts
    return np.divide(total, number, out=np.full_like(total, np.nan), where=number > 0)
