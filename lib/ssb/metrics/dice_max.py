"""Maximum Dice matching."""

from __future__ import annotations

import numpy as np

from ssb.metrics.pairwise import dice_matrix


def d_max(samples: np.ndarray, raters: np.ndarray) -> float:
    """Mean over the raters of the best Dice that any sample reaches, in [0, 1]; higher is better, and it grows with N.

    Dice = 1 where both masks are empty. Nothing is lost by a bad sample, so read it beside the GED.
    Source: Rahman et al., Ambiguous Medical Image Segmentation using Diffusion Models, CVPR 2023, arXiv 2304.04745 ("maximum Dice
    matching").

    samples (N, ...) and raters (M, ...) are bool over the same voxels.
    """
    return float(dice_matrix(samples, raters).max(axis=0).mean())
