"""Metrics that compare a set of samples with the annotations of several raters of the same image.

Throughout: samples (N, ...) bool and raters (M, ...) bool over the same voxels, N and M at least 1. Maths only: no files, no models.
"""

from ssb.metrics.auroc import error_auroc
from ssb.metrics.bootstrap import patient_interval
from ssb.metrics.brier import brier
from ssb.metrics.calibration import ece
from ssb.metrics.collective_insight import collective_insight
from ssb.metrics.ddi import d_ddi, ddi_parts
from ssb.metrics.dice_max import d_max
from ssb.metrics.ged import ged
from ssb.metrics.hungarian import hm_iou
from ssb.metrics.ncc import s_ncc
from ssb.metrics.pairwise import dice_matrix, iou_matrix
from ssb.metrics.scores import scores_at, set_scores
from ssb.metrics.slices import slice_iou

__all__ = [
    "brier",
    "collective_insight",
    "d_ddi",
    "d_max",
    "ddi_parts",
    "dice_matrix",
    "ece",
    "error_auroc",
    "ged",
    "hm_iou",
    "iou_matrix",
    "patient_interval",
    "s_ncc",
    "scores_at",
    "set_scores",
    "slice_iou",
]
