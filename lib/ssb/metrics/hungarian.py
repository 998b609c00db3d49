"""Hungarian-matched IoU of samples and raters."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import linear_sum_assignment

from ssb.metrics.comparison import Comparison


def hm_iou(samples: np.ndarray, raters: np.ndarray) -> float:
    """Mean IoU of the best one-to-one pairing of samples and raters, in [0, 1]; higher is better.

    Both sets are repeated up to the least common multiple of N and M, so that each mask counts equally; the pairing maximises the
    sum of IoU. IoU = 1 where both masks are empty.
    Source: Kohl et al., A Hierarchical Probabilistic U-Net, 2019, arXiv 1905.13077 ("Hungarian-matched IoU").

    samples (N, ...) and raters (M, ...) are bool over the same voxels.
    """
    return hm_iou_of(Comparison.of(samples, raters))


def hm_iou_of(sets: Comparison) -> float:
    """`hm_iou` of two sets that are compared already."""
    iou = sets.iou.between
    n, m = iou.shape
    size = math.lcm(n, m)
    full = np.repeat(np.repeat(iou, size // n, axis=0), size // m, axis=1)
    return float(full[linear_sum_assignment(full, maximize=True)].mean())
