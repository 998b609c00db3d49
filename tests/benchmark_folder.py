"""A small folder of crops with a training and a test split, for tests of the benchmark."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.lidc_folder import write_lidc


def write_splits(root: Path) -> Path:
    """Discs of `tests.lidc_folder`: patients TRAIN-0000 and TRAIN-0001 in train, TEST-0000 to TEST-0002 in test (7 crops)."""
    write_lidc(root, split="test", slices=(3, 2, 2))
    other = write_lidc(root / "other", split="train", slices=(4, 4))
    with (root / "nodules.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    with (other / "nodules.csv").open(newline="") as file:
        more = list(csv.DictReader(file))
    for row in more:
        name = row["id"].replace("TEST", "TRAIN")
        for end in (".png", "_masks.png"):
            (other / "nodules" / f"{row['id']}{end}").rename(root / "nodules" / f"{name}{end}")
        rows.append({**row, "id": name, "patient": name.partition("_")[0]})
    with (root / "nodules.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return root
