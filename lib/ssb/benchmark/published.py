"""Figures that others published on LIDC-IDRI, for the reader's orientation only."""

from __future__ import annotations

TITLE = "As published, on other splits: not comparable"
SOURCE = (
    "ATFM, AAAI 2026, arXiv 2511.06857, Table 1: LIDC-IDRI, 128 x 128, four raters, 15,096 slices. The splits differ from ours and between "
    "papers, and so does the estimator: these rows do not rank the methods above."
)
HEADER = ("method", "GED16", "GED100", "HM-IoU32", "D_max32", "NFE")
ROWS = (
    ("Probabilistic U-Net", "0.310", "0.252", "0.548", "0.681", "1"),
    ("PHiSeg", "0.262", "0.224", "0.595", "0.704", "1"),
    ("SSN", "0.259", "0.225", "0.550", "-", "1"),
    ("MoSE", "0.218", "0.189", "0.624", "0.767", "1"),
    ("P2SAM", "0.208", "-", "0.627", "0.939", "1"),
    ("CIMD", "-", "0.321", "0.592", "0.915", "100"),
    ("AB", "0.213", "0.193", "0.619", "0.792", "250"),
    ("CCDM", "0.212", "0.183", "0.631", "0.790", "250"),
    ("ATFM", "0.206", "0.162", "0.667", "0.948", "25 and one prior pass"),
)
