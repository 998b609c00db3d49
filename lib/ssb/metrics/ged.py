"""Generalised energy distance between the samples' and the raters' distributions."""

from __future__ import annotations

import numpy as np

from ssb.metrics.comparison import Comparison


def ged(samples: np.ndarray, raters: np.ndarray, *, unbiased: bool = False) -> float:
    """Squared generalised energy distance 2 E d(S, Y) - E d(S, S') - E d(Y, Y'), d = 1 - IoU; lower is better.

    Source: Kohl et al., A Probabilistic U-Net, NeurIPS 2018, arXiv 1806.05034; published tables call it GED, though it is the square.
    d = 0 where both masks are empty; published code disagrees on that case, so compare only values that were counted alike.

    The default is the usual biased form: the two inner means include each mask's pairing with itself (N^2 and M^2 pairs). It lies in
    [0, 2] and depends on N, so state N beside it. `unbiased` leaves the self-pairs out (N (N - 1) and M (M - 1) pairs): its mean does
    not depend on N, it may be below 0, and it needs at least two masks in each set (else a ValueError).

    samples (N, ...) and raters (M, ...) are bool over the same voxels.
    """
    return ged_of(Comparison.of(samples, raters), unbiased=unbiased)


def ged_of(sets: Comparison, *, unbiased: bool = False) -> float:
    """`ged` of two sets that are compared already."""
    between = (1.0 - sets.iou.between).mean()
    return float(2.0 * between - _spread(sets.iou.samples, unbiased) - _spread(sets.iou.raters, unbiased))


def _spread(iou: np.ndarray, unbiased: bool) -> float:
    """Mean distance of two masks of one set; the diagonal of self-pairs is 0, so only the number of pairs differs."""
    n = len(iou)
    if unbiased and n < 2:
        raise ValueError(f"the unbiased form needs at least 2 masks in each set, got {n}")
    pairs = n * (n - 1) if unbiased else n * n
    return float((1.0 - iou).sum() / pairs)
