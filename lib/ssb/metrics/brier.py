"""Brier score of the mean mask."""

from __future__ import annotations

import numpy as np

from ssb.metrics.comparison import Comparison


def brier(samples: np.ndarray, raters: np.ndarray) -> float:
    """Mean over the voxels of (p - q)^2, p the mean of the samples and q that of the raters; in [0, 1], lower is better.

    Source: Brier, Verification of Forecasts Expressed in Terms of Probability, Monthly Weather Review 78, 1950. The raters' mean as
    the truth is our choice: the mean score against each single rater is larger by the mean of q (1 - q), which no model can change.
    It depends on N: N independent samples add the mean of P (1 - P) / N to the score of their true probability P.

    samples (N, ...) and raters (M, ...) are bool over the same voxels.
    """
    return brier_of(Comparison.of(samples, raters))


def brier_of(sets: Comparison) -> float:
    """`brier` of two sets that are compared already."""
    return float(np.square(sets.mean - sets.rater_mean).mean())
