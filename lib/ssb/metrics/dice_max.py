"""Maximum Dice matching."""

from __future__ import annotations

import numpy as np

from ssb.metrics.comparison import Comparison


def d_max(samples: np.ndarray, raters: np.ndarray) -> float:
    """Mean over the raters of the best Dice that any sample reaches, in [0, 1]; higher is better, and it grows with N.

    Dice = 1 where both masks are empty. Nothing is lost by a bad sample, so read it beside the GED.
    Source: Rahman et al., Ambiguous Medical Image Segmentation using Diffusion Models, CVPR 2023, arXiv 2304.04745 ("maximum Dice
    matching").

    samples (N, ...) and raters (M, ...) are bool over the same voxels.
    """
    return d_max_of(Comparison.of(samples, raters))


def d_max_of(sets: Comparison) -> float:
    """`d_max` of two sets that are compared already."""
    return float(sets.dice.between.max(axis=0).mean())
