"""The list of a cohort: a CSV file with one lesion a row."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ssb.errors import InputError, NotFoundError

COLUMNS = ("id", "image", "point", "point_mm")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Case:
    """One row: a lesion of an image.

    id: unique, the name of its result's folder. image: a NIfTI or NRRD file, or a folder with one DICOM series. point: "i,j,k", or
    point_mm: "x,y,z" in LPS patient millimetres; the other one is "". They are read when the case is sampled, so that a wrong one costs
    this case alone.
    """

    id: str
    image: Path
    point: str
    point_mm: str


def read_sheet(path: Path) -> list[Case]:
    """The rows of a CSV file with the columns image, and point or point_mm, and optionally id; others are ignored.

    Paths are taken from the sheet's folder on. A row without an id has the image's name, with a number where that comes more than once.
    Raises NotFoundError for a missing file and InputError with line and value for what is wrong with the sheet itself: columns, ids that
    are no folder names or come twice, letter case apart. What is wrong with a lesion or an image is found when it is sampled.
    """
    if not path.is_file():
        raise NotFoundError(f"There is no cohort list '{path}'.")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"The cohort list {path.name} is not a CSV file in UTF-8: {error}.") from error
    if "image" not in columns or not {"point", "point_mm"} & set(columns):
        raise InputError(
            f"The cohort list {path.name} has the columns {', '.join(columns) or 'none'}, but needs image, and point or point_mm."
        )
    if not rows:
        raise InputError(f"The cohort list {path.name} has no rows below its header.")
    texts = [{name: (row.get(name) or "").strip() for name in COLUMNS} for _, row in rows]
    stems = Counter(_stem(text["image"]).lower() for text in texts if not text["id"])
    cases: list[Case] = []
    seen: dict[str, int] = {}
    for (line, _), text in zip(rows, texts, strict=True):
        stem = _stem(text["image"])
        name = text["id"] or (stem if stems[stem.lower()] == 1 else f"{stem}-{line}")
        if not _ID.fullmatch(name):
            told = "letters, digits and . _ - only, at most 100, the first no . _ or -"
            raise InputError(f"Line {line} of {path.name} has the id {name!r}, which becomes a folder's name: {told}.")
        if name.lower() in seen:
            raise InputError(f"Line {line} of {path.name} has the id {name!r}, which line {seen[name.lower()]} has already.")
        seen[name.lower()] = line
        cases.append(Case(name, path.parent / text["image"] if text["image"] else Path(), text["point"], text["point_mm"]))
    return cases


def _stem(image: str) -> str:
    """The image's name without its ending, with "_" for what no id may hold."""
    name = Path(image).name
    for ending in (".nii.gz", ".nii", ".nrrd", ".nhdr"):
        name = name.removesuffix(ending)
    return re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip("._-") or "image"
