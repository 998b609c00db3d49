"""Diversity Divergence Index: how far the samples' diversity and consensus are from the raters'."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.stats import energy_distance

from ssb.metrics.comparison import Comparison
from ssb.metrics.pairwise import pairs_once, ratio


class DdiParts(NamedTuple):
    """The two parts of D_DDI, each in [0, 1]; diversity is NaN where a set has only one mask."""

    diversity: float
    consensus: float

    @property
    def total(self) -> float:
        """D_DDI: the mean of the two parts."""
        return (self.diversity + self.consensus) / 2.0


def d_ddi(samples: np.ndarray, raters: np.ndarray) -> float:
    """D_DDI = (diversity + consensus) / 2, in [0, 1]; lower is better, and it depends on N.

    Our own definition: the closed form of Baru et al., SSB, MICCAI 2025, arXiv 2509.17187 is not public. With d = 1 - IoU, and d = 0
    where both masks are empty:

    diversity: integral over t from 0 to 1 of (F_S(t) - F_Y(t))^2, where F_S is the share of pairs of two different samples at a
        distance of at most t, and F_Y the same of the raters.
    consensus: E d(A, B) - (E d(A, A') + E d(B, B')) / 2, where A is the region that at least i of the N samples cover, i drawn from
        1..N, B the region that at least j of the M raters cover, j drawn from 1..M, and A', B' are second draws.

    Both are half the squared energy distance of two distributions, of distances the first and of regions the second, so each is 0
    exactly where its two distributions are equal. D_DDI is therefore 0 exactly where pairs of samples lie as far apart as pairs of
    raters, and the mean masks are equal.

    Diversity grows with too little and with too much: where each F_S(t) moves away from F_Y(t) on one side, so does the square.
    Consensus grows as the mean mask moves off: E d(A, B) does, the other two stay. Self-pairs do not enter, so F_S and F_Y are
    unbiased and four raters do not pull the best model towards less diversity. What it cannot see: two distributions with one mean
    mask and one distribution of distances, such as {a, b} and {a or b, nothing} for disjoint a and b; GED does. Proofs, bias, limits
    and pictures: docs/d_ddi.md.

    samples (N, ...) and raters (M, ...) are bool over the same voxels, at least two masks in each set (else a ValueError).
    """
    parts = ddi_parts(samples, raters)
    if math.isnan(parts.diversity):
        raise ValueError(f"D_DDI needs at least 2 masks in each set, got {min(len(samples), len(raters))}")
    return parts.total


def ddi_parts(samples: np.ndarray, raters: np.ndarray) -> DdiParts:
    """The diversity and the consensus part of `d_ddi`; the diversity is NaN where a set has only one mask."""
    return ddi_parts_of(Comparison.of(samples, raters))


def ddi_parts_of(sets: Comparison) -> DdiParts:
    """`ddi_parts` of two sets that are compared already."""
    return DdiParts(_diversity(sets), _consensus(sets))


def _diversity(sets: Comparison) -> float:
    if min(sets.n, sets.m) < 2:
        return math.nan
    # scipy's distance is the square root of twice the integral
    return float(energy_distance(1.0 - pairs_once(sets.iou.samples), 1.0 - pairs_once(sets.iou.raters)) ** 2 / 2.0)


def _consensus(sets: Comparison) -> float:
    m = sets.m
    joint = np.bincount(sets.covered * (m + 1) + sets.drawn, minlength=(sets.n + 1) * (m + 1)).reshape(sets.n + 1, m + 1)
    # at_least[i, j]: voxels that at least i samples and at least j raters cover
    at_least = joint[::-1, ::-1].cumsum(axis=0).cumsum(axis=1)[::-1, ::-1].astype(np.float64)
    a, b, shared = at_least[1:, 0], at_least[0, 1:], at_least[1:, 1:]
    between = ratio(shared, a[:, None] + b[None, :] - shared)
    return float((_nested(a) + _nested(b)) / 2.0 - between.mean())


def _nested(sizes: np.ndarray) -> float:
    """Mean IoU of every pair of regions of which one holds the other, self-pairs included."""
    return float(ratio(np.minimum.outer(sizes, sizes), np.maximum.outer(sizes, sizes)).mean())
