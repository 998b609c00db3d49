"""Facts of DICOM headers for a list of images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from ssb.volumes import Volume, write_dicom_series
from ssb_app.header_facts import facts_in, facts_of


def test_absent_and_empty_values_are_left_out() -> None:
    header = Dataset()
    header.PatientID, header.StudyDate, header.PatientName = "P 1 ", "", "Doe^Jane"
    assert facts_of(header) == {"patient": "P 1"}


def test_the_series_own_header_is_read_whatever_lies_beside_it(tmp_path: Path) -> None:
    write_dicom_series(Volume(np.arange(32, dtype=np.int16).reshape(4, 4, 2), np.eye(4)), tmp_path / "series", seed_uid="facts")
    (tmp_path / "series" / "0.txt").write_text("no DICOM")
    uid = str(pydicom.dcmread(next((tmp_path / "series").glob("*.dcm"))).SeriesInstanceUID)
    assert facts_in(tmp_path / "series", uid)["modality"] == "CT"
    assert facts_in(tmp_path / "series", "1.2.3") == {}
