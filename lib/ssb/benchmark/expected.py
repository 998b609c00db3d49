"""The GED of many samples, from few: what a slow method with independent samples would reach."""

from __future__ import annotations

import numpy as np

from ssb.metrics import iou_matrix


def expected_ged(biased: float, unbiased: float, few: int, many: int, rater_distance: float, raters: int) -> float:
    """Expected biased GED of `many` independent samples, from the biased and unbiased GED of `few` at least 2 of them.

    GED_N = U + D_SS / N + D_YY / M: with U the unbiased form, and D_SS and D_YY the mean distances of two different samples and of two
    different raters. Proof: of the N^2 pairs of the biased mean N are self-pairs of distance 0, and N (N - 1) different ones, so it
    is D_SS (N - 1) / N = D_SS - D_SS / N, and likewise for the raters. Hence D_SS = few (biased - U - D_YY / M), and each term's
    expectation does not depend on N where samples are independent and of one distribution. Stratified samples (ranks, thresholds on
    a grid) are not.

    rater_distance: D_YY, see `mean_distance`; 0 for one rater.
    """
    own = rater_distance / raters
    return unbiased + (biased - unbiased - own) * few / many + own


def mean_distance(masks: np.ndarray) -> float:
    """Mean of 1 - IoU over the pairs of two different masks of (M, ...) bool; 0 where there is only one mask."""
    count = len(masks)
    if count < 2:
        return 0.0
    return float((1.0 - iou_matrix(masks, masks)).sum() / (count * (count - 1)))
