"""All metrics of one set of samples against its raters, by name."""

from __future__ import annotations

import math

import numpy as np

from ssb.metrics.auroc import error_auroc
from ssb.metrics.brier import brier
from ssb.metrics.calibration import ece
from ssb.metrics.collective_insight import collective_insight
from ssb.metrics.dice_max import d_max
from ssb.metrics.ged import ged
from ssb.metrics.hungarian import hm_iou
from ssb.metrics.ncc import s_ncc


def set_scores(samples: np.ndarray, raters: np.ndarray) -> dict[str, float]:
    """GED (biased and unbiased), HM-IoU, D_max, S_NCC, CI, ECE, Brier score and AUROC of error detection of one image.

    Keys end in the number of samples N: ged_N, ged_unbiased_N, hm_iou_N, d_max_N, ci_N, ece_N, brier_N, auroc_N; only s_ncc has none.
    ged_unbiased_N is NaN where a set has only one mask, auroc_N where the consensus never errs or always does.

    samples (N, ...) and raters (M, ...) are bool over the same voxels.
    """
    n = len(samples)
    return {
        f"ged_{n}": ged(samples, raters),
        f"ged_unbiased_{n}": ged(samples, raters, unbiased=True) if min(n, len(raters)) > 1 else math.nan,
        f"hm_iou_{n}": hm_iou(samples, raters),
        f"d_max_{n}": d_max(samples, raters),
        "s_ncc": s_ncc(samples, raters),
        f"ci_{n}": collective_insight(samples, raters),
        f"ece_{n}": ece(samples, raters),
        f"brier_{n}": brier(samples, raters),
        f"auroc_{n}": error_auroc(samples, raters),
    }
