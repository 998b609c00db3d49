"""The inter-rater report as files: JSON, a table, and a figure."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from ssb.atomic import replaced
from ssb.raters.figure import draw_report
from ssb.raters.image_report import lesion_rows
from ssb.raters.report import RatersReport

COLUMNS = (
    *("image", "lesion", "i", "j", "k", "rater", "presence", "volume_ml", "diameter_mm"),
    *("d_ddi_left_out", "staple_sensitivity", "staple_specificity", "majority_ml", "staple_ml"),
)


def write_report(report: RatersReport, folder: Path) -> tuple[Path, Path, Path]:
    """Write raters.json (everything), raters.csv (a row for each lesion and rater) and raters.png into an existing folder."""
    numbers, table, picture = (folder / f"raters.{ending}" for ending in ("json", "csv", "png"))
    with replaced(numbers) as path:
        path.write_text(json.dumps(report.as_dict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    with replaced(table) as path, path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        for facts in report.images:
            rows.writerows(lesion_rows(facts, report.raters))
    draw_report(report, picture)
    return numbers, table, picture
