"""Collective insight: how well the samples together stand for the raters together."""

from __future__ import annotations

import numpy as np

from ssb.metrics.comparison import Comparison
from ssb.metrics.dice_max import d_max_of
from ssb.metrics.pairwise import pairs_once


def collective_insight(samples: np.ndarray, raters: np.ndarray) -> float:
    """3 S_c D_max D_a / (S_c + D_max + D_a), in [0, 1]; higher is better, and it depends on N.

    S_c is the sensitivity of the union of the samples against the union of the raters, D_max the maximum Dice matching, and
    D_a = 1 - (|V_max(samples) - V_max(raters)| + |V_min(samples) - V_min(raters)|) / 2 the agreement of the two diversities.
    Source: Rahman et al., Ambiguous Medical Image Segmentation using Diffusion Models, CVPR 2023, arXiv 2304.04745. It is not the
    harmonic mean of its three parts: that would divide by their products in pairs.

    The source leaves the "variance" V of two masks open, and code in public use differs. Our choice: 1 - Dice of two different masks
    of one set, which lies in [0, 1] and does not depend on the size of the crop; V_max and V_min are its largest and smallest value.
    So compare only values that were counted alike.

    Also our choice: V = 0 for a set of one mask; S_c = 1 where the raters' union is empty, for there is nothing to miss; 0 where all
    three parts are 0.

    samples (N, ...) and raters (M, ...) are bool over the same voxels.
    """
    return collective_insight_of(Comparison.of(samples, raters))


def collective_insight_of(sets: Comparison) -> float:
    """`collective_insight` of two sets that are compared already."""
    parts = (_sensitivity(sets), d_max_of(sets), _diversity_agreement(sets))
    total = sum(parts)
    return float(3.0 * np.prod(parts) / total) if total > 0 else 0.0


def _sensitivity(sets: Comparison) -> float:
    found, there = sets.covered > 0, sets.drawn > 0
    return float(found[there].mean()) if there.any() else 1.0


def _diversity_agreement(sets: Comparison) -> float:
    return float(1.0 - np.abs(_extremes(sets.dice.samples) - _extremes(sets.dice.raters)).mean())


def _extremes(dice: np.ndarray) -> np.ndarray:
    """Largest and smallest 1 - Dice of two different masks of one set, (2,)."""
    if len(dice) < 2:
        return np.zeros(2)
    distances = 1.0 - pairs_once(dice)
    return np.array([distances.max(), distances.min()])
