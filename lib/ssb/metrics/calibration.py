"""Expected calibration error of the mean mask."""

from __future__ import annotations

import numpy as np

from ssb.metrics.comparison import Comparison

BINS = 10


def ece(samples: np.ndarray, raters: np.ndarray) -> float:
    """Sum over the bins b of n_b / V |mean of p - mean of q|, in [0, 1]; lower is better, and it depends on N.

    p is the mean of the samples and q the mean of the raters at each of the V voxels. A voxel lies in one of 10 bins of equal width
    by its p: [0, 0.1), [0.1, 0.2) ... [0.9, 1]; n_b is the number of voxels in bin b.
    Source: Naeini et al., Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI 2015; Guo et al., On Calibration of
    Modern Neural Networks, ICML 2017, arXiv 1706.04599.

    Our choices: the number of bins; p is the probability of the lesion, not of the likelier class; the truth is the raters' mean.
    All voxels count, so plain background makes the value small: compare it on the same crops only.

    samples (N, ...) and raters (M, ...) are bool over the same voxels.
    """
    return ece_of(Comparison.of(samples, raters))


def ece_of(sets: Comparison) -> float:
    """`ece` of two sets that are compared already."""
    # Whole numbers put a mean such as 3/10 into its own bin, where a rounded product could miss it.
    bins = np.minimum(sets.covered * BINS // sets.n, BINS - 1)
    gaps = np.bincount(bins, weights=sets.mean - sets.rater_mean)
    return float(np.abs(gaps).sum() / sets.used.size)
