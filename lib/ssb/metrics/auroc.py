"""How well the samples' disagreement tells where the consensus errs."""

from __future__ import annotations

import math

import numpy as np

from ssb.metrics.comparison import Comparison


def error_auroc(samples: np.ndarray, raters: np.ndarray) -> float:
    """Area under the ROC curve of error detection, in [0, 1]: 0.5 says nothing, 1 is best; NaN without any error or with errors only.

    One case is one voxel and one rater, all M of them pooled (our choice). The event is "this rater differs from the consensus", which
    is what more than half of the samples cover; the score is the samples' disagreement at the voxel. The value is the chance that a
    case with the event has the higher score than one without it; a tie counts as one half, which is the same as average ranks.
    Source: Hanley and McNeil, The Meaning and Use of the Area under a ROC Curve, Radiology 143, 1982.

    Any measure of disagreement that grows with min(p, 1 - p), p the mean of the samples, gives the same value: entropy, variance.
    It takes at most N / 2 + 1 values, so the area depends on N. All voxels count, and plain background makes it easy.

    samples (N, ...) and raters (M, ...) are bool over the same voxels.
    """
    return error_auroc_of(Comparison.of(samples, raters))


def error_auroc_of(sets: Comparison) -> float:
    """`error_auroc` of two sets that are compared already."""
    covered, drawn, n, m = sets.covered, sets.drawn, sets.n, sets.m
    errors = np.where(2 * covered > n, m - drawn, drawn)
    score = np.minimum(covered, n - covered)
    wrong, right = np.bincount(score, weights=errors), np.bincount(score, weights=m - errors)
    pairs = wrong.sum() * right.sum()
    if pairs == 0:
        return math.nan
    lower = np.cumsum(right) - right
    return float(wrong @ (lower + right / 2.0) / pairs)
