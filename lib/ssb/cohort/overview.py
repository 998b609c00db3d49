"""What became of a cohort, in one CSV file."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ssb.atomic import replaced
from ssb.cohort.sheet import Case
from ssb.cohort.work import Settings, is_done

FILE = "cohort.csv"
DONE, FAILED, OPEN = "done", "failed", "open"
FIELDS = (
    "id",
    "status",
    "problem",
    "image",
    "point",
    "samples",
    "no_lesion_share",
    "volume_ml_median",
    "volume_ml_low",
    "volume_ml_high",
    "diameter_mm_median",
    "diameter_mm_low",
    "diameter_mm_high",
    "agreement",
    "consensus_volume_ml",
    "checkpoint",
    "seed",
    "seconds",
    "notes",
)


def write_overview(cases: Sequence[Case], settings: Settings, problems: Mapping[str, str]) -> Path:
    """OUT/cohort.csv: one row a case, in the sheet's order, with its measurements or its problem; "open" where it was not begun.

    problems: by case id, one sentence each. Volumes in mL, diameters in mm, intervals from the 5th to the 95th percentile.
    """
    path = settings.out / FILE
    with replaced(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        for case in cases:
            if case.id in problems:
                writer.writerow({"id": case.id, "status": FAILED, "problem": problems[case.id], "image": case.image})
            elif is_done(case, settings):
                writer.writerow(_measured(case, settings.out))
            else:
                writer.writerow({"id": case.id, "status": OPEN, "image": case.image})
    return path


def _measured(case: Case, out: Path) -> dict[str, Any]:
    found = json.loads((out / case.id / "summary.json").read_text(encoding="utf-8"))
    measurements = found["measurements"]
    spread = {
        f"{name}_{end}": round(measurements[name][end], 4) for name in ("volume_ml", "diameter_mm") for end in ("median", "low", "high")
    }
    return {
        "id": case.id,
        "status": DONE,
        "image": case.image,
        "point": ",".join(map(str, found["request"]["point"])),
        "samples": found["samples"],
        "no_lesion_share": round(sum(one["share"] for one in found["interpretations"] if not one["volume_ml"]), 4),
        **spread,
        "agreement": round(measurements["agreement"], 4),
        "consensus_volume_ml": round(found["consensus"]["volume_ml"], 4),
        "checkpoint": found["checkpoint"],
        "seed": found["request"]["seed"],
        "seconds": round(found["seconds"], 2),
        "notes": " ".join(found["notes"]),
    }
