"""One annotation in the layout of Stanford COCA, for tests."""

from __future__ import annotations

import plistlib
from pathlib import Path


def write_coca_xml(path: Path, index: int, corners: list[tuple[int, int]]) -> None:
    """The XML of a patient with one outline of coronary calcium on slice `index`, by its corners (column, row)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    roi = {"Name": "Left Anterior Descending Artery", "NumberOfPoints": len(corners), "Point_px": [f"({i}, {j})" for i, j in corners]}
    path.write_bytes(plistlib.dumps({"Images": [{"ImageIndex": index, "NumberOfROIs": 1, "ROIs": [roi]}]}))
