"""A number with its 95 % interval over images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ssb.metrics.bootstrap import LEVEL, patient_interval


@dataclass(frozen=True)
class Estimate:
    """value, and the interval low .. high of 95 %; NaN where one is not defined."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float | None]:
        """Plain JSON types; what is not defined is None."""
        return {"value": number(self.value), "low": number(self.low), "high": number(self.high)}


UNKNOWN = Estimate(math.nan, math.nan, math.nan)


def number(value: float) -> float | None:
    """`value` as JSON has it: None where it is not finite."""
    return float(value) if math.isfinite(value) else None


def mean_over_images(values: Sequence[float] | np.ndarray, images: Sequence[str]) -> Estimate:
    """Mean of all values, NaN left out, and its bootstrap interval over the images they belong to (`patient_interval`)."""
    column = np.array(values, dtype=np.float64)
    if np.isnan(column).all():
        return UNKNOWN
    low, high = patient_interval(column[:, None], images)
    return Estimate(float(np.nanmean(column)), float(low[0]), float(high[0]))


def student_mean(values: np.ndarray, asked: int = 1) -> Estimate:
    """Mean of independent values (n,) with Student's interval (Biometrika 6:1-25, 1908); no interval below two values.

    Unlike a bootstrap it stays honest for a handful of values, at the price of taking them as normal. asked: how many questions share
    the 5 % of errors (Bonferroni): the interval is wider for more, and 95 % hold for all of them together.
    """
    if len(values) < 2:
        return Estimate(float(values[0]), math.nan, math.nan) if len(values) else UNKNOWN
    mean = float(values.mean())
    half = float(stats.t.ppf(1 - (1 - LEVEL) / 2 / asked, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values)))
    return Estimate(mean, mean - half, mean + half)
