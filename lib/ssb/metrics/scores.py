"""All metrics of one set of samples against its raters, by name."""

from __future__ import annotations

import numpy as np

from ssb.metrics.dice_max import d_max
from ssb.metrics.ged import ged
from ssb.metrics.hungarian import hm_iou
from ssb.metrics.ncc import s_ncc


def set_scores(samples: np.ndarray, raters: np.ndarray) -> dict[str, float]:
    """GED (biased and unbiased), HM-IoU, D_max and S_NCC of one image.

    Keys end in the number of samples N where the value depends on it: ged_N, ged_unbiased_N, hm_iou_N, d_max_N, and s_ncc.
    ged_unbiased_N is NaN where a set has only one mask.

    samples (N, ...) and raters (M, ...) are bool over the same voxels.
    """
    n = len(samples)
    return {
        f"ged_{n}": ged(samples, raters),
        f"ged_unbiased_{n}": ged(samples, raters, unbiased=True) if min(n, len(raters)) > 1 else float("nan"),
        f"hm_iou_{n}": hm_iou(samples, raters),
        f"d_max_{n}": d_max(samples, raters),
        "s_ncc": s_ncc(samples, raters),
    }
