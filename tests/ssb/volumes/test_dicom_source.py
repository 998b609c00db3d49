"""Headers of a series as objects that refer to it need them."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest

from ssb.errors import InputError, NotFoundError
from ssb.outputs.dicom_seg import segmentation
from ssb.plausible import Box, Request, SampleSet
from ssb.volumes import read_volume
from ssb.volumes.dicom_source import SourceSeries
from tests.dicom_made import SHAPE, as_multi_frame, edit, write_series

AFFINE = np.array([[0.7, 0, 0, -21.5], [0, -0.9, 0, 13.25], [0, 0, -2.5, -301], [0, 0, 0, 1.0]])


@pytest.fixture
def series(tmp_path):
    return write_series(tmp_path / "ct", AFFINE, reverse=True)


def test_grid_and_headers_are_those_of_the_volume(series):
    source, volume = SourceSeries.read(series), read_volume(series)
    np.testing.assert_array_equal(source.affine, volume.affine)
    assert (source.shape, source.uid) == (SHAPE, volume.series_uid)
    part = source.part(3, 6)
    for k, header in zip(range(3, 6), part.headers, strict=True):
        np.testing.assert_allclose(header.ImagePositionPatient, (volume.affine @ [0, 0, k, 1])[:3], atol=1e-6)
        assert part.reference(header.ImagePositionPatient).ReferencedSOPInstanceUID == header.SOPInstanceUID
        assert (header.SpacingBetweenSlices, header.SliceThickness) == (2.5, 2.5)


def test_frames_of_one_file_have_their_own_headers(series):
    source = SourceSeries.read(as_multi_frame(series))
    part = source.part(0, SHAPE[2])
    for k, header in enumerate(part.headers):
        np.testing.assert_allclose(header.ImagePositionPatient, (source.affine @ [0, 0, k, 1])[:3], atol=1e-6)
        assert "PerFrameFunctionalGroupsSequence" not in header
    assert {part.reference(header.ImagePositionPatient).ReferencedFrameNumber for header in part.headers} == set(range(1, SHAPE[2] + 1))


def test_what_a_source_lost_or_garbled_stops_nothing(series):
    def garble(header: pydicom.Dataset, _: int) -> None:
        for keyword in ("StudyID", "AccessionNumber", "PatientBirthDate", "SliceThickness", "ReferringPhysicianName"):
            delattr(header, keyword)
        header.PatientSex, header.LossyImageCompression = "U", "01"
        header.PatientName = None

    edit(series, garble)
    source = SourceSeries.read(series)
    (header,) = source.part(2, 3).headers
    assert (header.PatientSex, header.StudyID, header.PatientBirthDate, header.SliceThickness) == ("", "", "", 2.5)
    masks = np.ones((1, 2, 2, 2), dtype=bool)
    made = SampleSet(masks, Box((1, 1, 1), (3, 3, 3)), SHAPE, source.affine, Request((1, 1, 1), 1, 1, 0.0, 0), "c")
    assert segmentation(made, source).NumberOfFrames == 6


def test_slices_that_nothing_can_refer_to_are_refused(series):
    edit(series, lambda header, k: delattr(header, "FrameOfReferenceUID"))
    with pytest.raises(InputError, match="has no FrameOfReferenceUID"):
        SourceSeries.read(series).part(0, 1)


def test_a_series_that_is_not_there(tmp_path):
    with pytest.raises(NotFoundError, match="does not exist"):
        SourceSeries.read(tmp_path / "none")
