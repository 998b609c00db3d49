"""Names in what is stored."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from requests_toolbelt import MultipartDecoder

from ssb.annotations.dicom_seg import creator_of
from ssb.errors import InputError
from ssb.volumes import Volume, write_dicom_series
from ssb_viewer.stow import named
from tests.seg_made import binary_seg, headers, labelmap_seg

KIND = 'multipart/related; type="application/dicom"; boundary="ab--c"'
SHAPE = (20, 16, 6)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Dataset]:
    array = np.random.default_rng(0).integers(-900, 100, SHAPE).astype(np.int16)
    folder = tmp_path_factory.mktemp("series") / "series"
    return headers(write_dicom_series(Volume(array, np.diag([0.7, 0.7, 2.5, 1.0])), folder, seed_uid="stow"))


def file_of(dataset: Dataset) -> bytes:
    made = BytesIO()
    dataset.save_as(made, write_like_original=False)
    return made.getvalue()


def body_of(*files: bytes) -> bytes:
    return b"".join(b"--ab--c\r\nContent-Type: application/dicom\r\n\r\n" + file + b"\r\n" for file in files) + b"--ab--c--\r\n"


def files_in(body: bytes) -> list[bytes]:
    return [part.content for part in MultipartDecoder(body, KIND).parts]


@pytest.mark.parametrize("make", [binary_seg, labelmap_seg])
@pytest.mark.parametrize("before", ["", "Other^"])
def test_segmentations_get_the_name_and_keep_everything_else(make, before: str, sources: list[Dataset]) -> None:
    mask = np.random.default_rng(1).random(SHAPE) < 0.1
    stored = make(sources, {"Läsion": mask}, creator=before)
    stored.Manufacturer = "Unspecified"
    made = named(body_of(file_of(stored)), KIND, "Dr. Åsa Müller")
    (content,) = files_in(made.body)
    assert made.segmentations == [stored.SOPInstanceUID]
    found = pydicom.dcmread(BytesIO(content))
    assert (creator_of(found), found.Manufacturer) == ("Dr. Åsa Müller", "OHIF")
    assert found.file_meta.TransferSyntaxUID == stored.file_meta.TransferSyntaxUID
    assert found.SegmentSequence[0].SegmentLabel == "Läsion"
    np.testing.assert_array_equal(found.pixel_array, pydicom.dcmread(BytesIO(file_of(stored))).pixel_array)
    changed = {"SpecificCharacterSet", "ContentCreatorName"}
    assert {one.keyword for one in found} ^ {one.keyword for one in stored} <= changed


def test_other_objects_stay_as_they_are(sources: list[Dataset]) -> None:
    image, mask = file_of(sources[0]), np.ones(SHAPE, bool)
    made = named(body_of(image, file_of(binary_seg(sources, {"a": mask}))), KIND, "anna")
    found = files_in(made.body)
    assert found[0] == image
    assert len(made.segmentations) == 1
    assert creator_of(pydicom.dcmread(BytesIO(found[1]))) == "anna"


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"{}", "application/json", "must be multipart/related"),
        (b"nothing", "multipart/related", "must be multipart/related"),
        (body_of(b"no DICOM"), KIND, "cannot be read as a DICOM file"),
        (body_of(b"<xml/>").replace(b"application/dicom", b"application/xml"), KIND, "each a part of the type application/dicom"),
    ],
)
def test_a_body_of_another_form_is_refused(body: bytes, kind: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        named(body, kind, "anna")
