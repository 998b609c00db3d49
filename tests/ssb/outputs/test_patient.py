"""What we write as DICOM carries no more of the patient, or of the people around, than the source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from ssb.annotations.annotation import Annotation, Origin
from ssb.annotations.as_dicom import annotation_seg
from ssb.outputs.dicom_seg import segmentation
from ssb.outputs.parametric_map import parametric_map
from ssb.volumes import Volume, read_volume
from ssb.volumes.dicom_source import SourceSeries
from tests.dicom_made import edit, write_series

OURS = {"ContentCreatorName"}
"""Names that are the rater's or ours."""

COPIED = {
    "NameOfPhysiciansReadingStudy": "Reader^Rita",
    "AdditionalPatientHistory": "History of secrets",
    "PatientComments": "Comment of secrets",
    "OtherPatientNames": "Other^Otto",
}
"""Of the modules Patient, General Study and Patient Study (PS3.3 C.7.1.1, C.7.2), which are the same in all series of a study."""

FORBIDDEN = {
    "OperatorsName": "Operator^Olga",
    "PerformingPhysicianName": "Doctor^Dora",
    "InstitutionAddress": "Hidden Street 7",
    "PatientAddress": "Secret Lane 3",
    "PatientTelephoneNumbers": "555-0199",
    "PatientMotherBirthName": "Mother^Mia",
    "MilitaryRank": "Colonel",
    "PatientReligiousPreference": "Secret creed",
}
"""What a scanner may have written and no result of ours needs."""


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    affine = np.diag([0.7, 0.9, 2.5, 1.0])

    def known(header: Dataset, k: int) -> None:
        header.PatientName, header.PatientID, header.PatientBirthDate, header.PatientSex = "Quitten^Ottilie", "P7", "19500102", "F"
        header.PatientAge, header.PatientWeight, header.ReferringPhysicianName = "070Y", "61.5", "Sender^Sara"
        header.AccessionNumber, header.StudyDescription, header.InstitutionName = "A-1", "Chest", "Hospital of secrets"
        for keyword, value in {**COPIED, **FORBIDDEN}.items():
            setattr(header, keyword, value)
        header.add_new((0x0009, 0x0010), "LO", "PRIVATE MAKER")
        header.add_new((0x0009, 0x1001), "LO", "private secret")
        other = Dataset()
        other.PatientID = "P7 elsewhere"
        header.OtherPatientIDsSequence = Sequence([other])

    folder = write_series(tmp_path_factory.mktemp("patient") / "ct", affine)
    edit(folder, known)
    return folder


def elements(dataset: Dataset) -> Iterator[tuple[str, int, str, str]]:
    """Keyword, group, value representation and value of every element, in sequences too."""
    for element in dataset.iterall():
        if element.VR != "SQ":
            yield element.keyword, element.tag.group, element.VR, str(element.value)


@pytest.mark.parametrize("kind", ["segmentation", "disagreement", "annotation"])
def test_nothing_of_the_patient_but_what_the_source_says(kind, series, make_set, tmp_path):
    source, affine = SourceSeries.read(series), read_volume(series).affine
    if kind == "annotation":
        sample_set = make_set((6.0,), affine)
        mask = Volume(sample_set.on_grid(sample_set.masks[0]), affine)
        made = annotation_seg(
            Annotation("1.2", "anna", 1, "2026-01-01T00:00:00.000000+00:00", Origin(), "mask.nii.gz", "ab" * 32, 5), mask, series
        )
    else:
        make = segmentation if kind == "segmentation" else parametric_map
        made = make(make_set((6.0, 4.0), affine), source)
    made.save_as(tmp_path / "made.dcm", write_like_original=False)
    said = {(keyword, value) for keyword, _, _, value in elements(pydicom.dcmread(next(series.glob("*.dcm"))))}
    of_people = [(k, v) for k, group, vr, v in elements(made) if (group == 0x0010 or vr == "PN") and k not in OURS and v]
    assert ("PatientName", "Quitten^Ottilie") in of_people
    assert [one for one in of_people if one not in said] == []
    content = (tmp_path / "made.dcm").read_bytes()
    assert [value for value in (*FORBIDDEN.values(), "private secret", "PRIVATE MAKER") if value.encode() in content] == []
