"""All metrics of one set of samples against its raters, by name."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from ssb.metrics.auroc import error_auroc_of
from ssb.metrics.brier import brier_of
from ssb.metrics.calibration import ece_of
from ssb.metrics.collective_insight import collective_insight_of
from ssb.metrics.comparison import Comparison
from ssb.metrics.ddi import ddi_parts_of
from ssb.metrics.dice_max import d_max_of
from ssb.metrics.ged import ged_of
from ssb.metrics.hungarian import hm_iou_of
from ssb.metrics.ncc import s_ncc_of


def set_scores(samples: np.ndarray, raters: np.ndarray) -> dict[str, float]:
    """GED (biased and unbiased), HM-IoU, D_max, D_DDI, S_NCC, CI, ECE, Brier score and AUROC of error detection of one image.

    Keys end in the number of samples N: ged_N, ged_unbiased_N, hm_iou_N, d_max_N, d_ddi_N and its parts d_ddi_diversity_N and
    d_ddi_consensus_N, ci_N, ece_N, brier_N, auroc_N; only s_ncc has none. ged_unbiased_N, d_ddi_N and d_ddi_diversity_N are NaN where
    a set has only one mask, auroc_N where the consensus never errs or always does.

    samples (N, ...) and raters (M, ...) are bool over the same voxels.
    """
    return scores_at(samples, raters, [len(samples)])


def scores_at(samples: np.ndarray, raters: np.ndarray, counts: Iterable[int]) -> dict[str, float]:
    """`set_scores` of the first n samples for each n in `counts`; s_ncc is that of the largest n.

    The pairs of masks are counted once and shared, so that the scores at 16, 32 and 100 cost little more than those at 100 alone.

    samples (N, ...) and raters (M, ...) are bool over the same voxels; a ValueError where an n is not from 1 to N.
    """
    sets = Comparison.of(samples, raters)
    found: dict[str, float] = {}
    for n in sorted(counts):
        found |= _scores(sets.first(n))
    return found


def _scores(sets: Comparison) -> dict[str, float]:
    n, pairs = sets.n, min(sets.n, sets.m) > 1
    ddi = ddi_parts_of(sets)
    return {
        f"ged_{n}": ged_of(sets),
        f"ged_unbiased_{n}": ged_of(sets, unbiased=True) if pairs else math.nan,
        f"hm_iou_{n}": hm_iou_of(sets),
        f"d_max_{n}": d_max_of(sets),
        f"d_ddi_{n}": ddi.total,
        f"d_ddi_diversity_{n}": ddi.diversity,
        f"d_ddi_consensus_{n}": ddi.consensus,
        "s_ncc": s_ncc_of(sets),
        f"ci_{n}": collective_insight_of(sets),
        f"ece_{n}": ece_of(sets),
        f"brier_{n}": brier_of(sets),
        f"auroc_{n}": error_auroc_of(sets),
    }
