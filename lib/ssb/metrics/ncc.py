"""Normalised cross-correlation of the samples' uncertainty with their error against the raters."""

from __future__ import annotations

import numpy as np

from ssb.metrics.comparison import Comparison


def s_ncc(samples: np.ndarray, raters: np.ndarray) -> float:
    """Mean over the raters y of NCC(E_s CE(mean, s), E_s CE(y, s)), in [-1, 1]; higher is better.

    Source: Baumgartner et al., PHiSeg, MICCAI 2019, arXiv 1906.04045. CE is the voxel-wise cross-entropy and NCC the zero-mean
    normalised cross-correlation over all voxels. The first map is the uncertainty that the model states, the second what it gets
    wrong about one rater.

    For masks of 0 and 1, with p their mean, E_s CE(mean, s) is proportional to 2 p (1 - p) and E_s CE(y, s) to |y - p|; the factor,
    minus the logarithm of the small number that keeps log(0) finite, cancels in the NCC. So these two maps are used as they are.

    Constant maps, for which the source is silent (our choice): 1 where both maps are constant, such as samples that all equal the
    rater; 0 where only one is, such as equal samples that differ from the rater.

    samples (N, ...) and raters (M, ...) are bool over the same voxels.
    """
    return s_ncc_of(Comparison.of(samples, raters))


def s_ncc_of(sets: Comparison) -> float:
    """`s_ncc` of two sets that are compared already."""
    mean = sets.mean
    uncertainty = 2.0 * mean * (1.0 - mean)
    errors = np.abs(sets.rater_masks - mean)
    return float(np.mean([_ncc(uncertainty, error) for error in errors]))


def _ncc(first: np.ndarray, second: np.ndarray) -> float:
    flat = [np.ptp(first) == 0, np.ptp(second) == 0]
    if any(flat):
        return float(all(flat))
    a, b = first - first.mean(), second - second.mean()
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))
