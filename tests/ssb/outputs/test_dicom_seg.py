"""A sample set as DICOM SEG, read back by position with pydicom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from ssb.interpretations import interpret
from ssb.outputs.dicom_seg import cielab, is_sample_set, segmentation
from ssb.outputs.palette import sample_color
from ssb.outputs.seg_nrrd import segments_of
from ssb.volumes.dicom_source import SourceSeries
from tests.dciodvfy import errors, needs_dciodvfy
from tests.dicom_made import SHAPE, as_multi_frame, edit, masks_of, write_series

RADII = (6.0, 6.0, 6.0, 4.0, 0.0)


def written(made: pydicom.Dataset, folder: Path) -> pydicom.Dataset:
    """The object after a way through a file."""
    made.save_as(folder / "seg.dcm", write_like_original=False)
    return pydicom.dcmread(folder / "seg.dcm")


@pytest.mark.parametrize("reverse", [False, True], ids=["rising", "falling"])
def test_all_masks_come_back_by_position(make_set, affine, tmp_path, reverse):
    sample_set = make_set(RADII, affine)
    source = SourceSeries.read(write_series(tmp_path / "ct", affine, reverse))
    found = masks_of(written(segmentation(sample_set, source), tmp_path), affine, SHAPE)
    expected = {one.name: one.on_grid(SHAPE) for one in segments_of(sample_set, interpret(sample_set)) if one.mask.any()}
    assert list(found) == list(expected)
    for name, mask in expected.items():
        np.testing.assert_array_equal(found[name], mask)


def test_every_frame_names_the_slice_it_lies_on(make_set, oblique_affine, tmp_path):
    source = SourceSeries.read(write_series(tmp_path / "ct", oblique_affine, reverse=True))
    made = segmentation(make_set(RADII, oblique_affine), source)
    places = {(h := pydicom.dcmread(file)).SOPInstanceUID: h.ImagePositionPatient for file in (tmp_path / "ct").iterdir()}
    for frame in made.PerFrameFunctionalGroupsSequence:
        (image,) = frame.DerivationImageSequence[0].SourceImageSequence
        np.testing.assert_allclose(frame.PlanePositionSequence[0].ImagePositionPatient, places[image.ReferencedSOPInstanceUID], atol=1e-6)
        assert "ReferencedFrameNumber" not in image
    (series,) = made.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == source.uid
    heights = {frame.PlanePositionSequence[0].ImagePositionPatient[2] for frame in made.PerFrameFunctionalGroupsSequence}
    assert len(series.ReferencedInstanceSequence) == len(heights)


def test_frames_of_a_multi_frame_source_are_named_by_their_number(make_set, oblique_affine, tmp_path):
    source = SourceSeries.read(as_multi_frame(write_series(tmp_path / "ct", oblique_affine)))
    sample_set = make_set((6.0, 4.0), oblique_affine)
    made = written(segmentation(sample_set, source), tmp_path)
    np.testing.assert_array_equal(masks_of(made, oblique_affine, SHAPE)["sample 2"], sample_set.on_grid(sample_set.masks[1]))
    (whole,) = {one.ReferencedSOPInstanceUID for one in made.SourceImageSequence}
    assert len(made.SourceImageSequence) == len(made.ReferencedSeriesSequence[0].ReferencedInstanceSequence) == 1
    for frame in made.PerFrameFunctionalGroupsSequence:
        (image,) = frame.DerivationImageSequence[0].SourceImageSequence
        place = np.linalg.solve(oblique_affine, [*frame.PlanePositionSequence[0].ImagePositionPatient, 1.0])
        assert (image.ReferencedSOPInstanceUID, image.ReferencedFrameNumber) == (whole, SHAPE[2] - round(place[2]))


def test_what_the_segments_say(make_set, affine, tmp_path):
    sample_set = replace(make_set(RADII, affine), notes=("A note.",))
    made = segmentation(sample_set, SourceSeries.read(write_series(tmp_path / "ct", affine)))
    assert (made.SegmentationType, made.SegmentsOverlap, made.ContentLabel) == ("BINARY", "YES", "SAMPLE_SET")
    assert made.ContentDescription == "5 samples of one lesion; 1 mark no lesion and have no segment"
    assert made.SeriesDescription == "Lesion: consensus, interpretations, 5 samples (SSB Label)"
    first, second = made.SegmentSequence[0], made.SegmentSequence[1]
    assert first.SegmentDescription == (
        "Voxels that more than half of the 5 samples cover. No lesion: 1 of 5 samples (20 %) mark nothing and have no segment (5). "
        "A note. Not for clinical use."
    )
    assert second.SegmentDescription.startswith("Sample 1, the most typical of 3 like samples of 5 (1, 2, 3); ")
    (algorithm,) = first.SegmentationAlgorithmIdentificationSequence
    assert (first.SegmentAlgorithmType, algorithm.AlgorithmName, algorithm.AlgorithmVersion) == (
        "SEMIAUTOMATIC",
        "SSB Label",
        "lung_nodule_ct-1",
    )
    assert algorithm.AlgorithmParameters.startswith("seed=3,samples=5,nfe=8,guidance=0.5,point=22 15 ")
    assert len({one.TrackingUID for one in made.SegmentSequence}) == 1
    colors = [tuple(one.RecommendedDisplayCIELabValue) for one in made.SegmentSequence]
    assert len(set(colors)) == len(colors)
    assert is_sample_set(made)


def test_nothing_marked_is_one_empty_frame_at_the_click(make_set, affine, tmp_path):
    sample_set = make_set((0.0, 0.0), affine)
    made = written(segmentation(sample_set, SourceSeries.read(write_series(tmp_path / "ct", affine))), tmp_path)
    assert [one.SegmentLabel for one in made.SegmentSequence] == ["consensus"]
    assert made.NumberOfFrames == 1
    assert not made.pixel_array.any()
    assert made.ContentDescription == "2 samples of one lesion; 2 mark no lesion and have no segment"


def test_the_patient_of_the_source_and_no_more(make_set, affine, tmp_path):
    def named(header: pydicom.Dataset, _: int) -> None:
        header.SpecificCharacterSet = "ISO_IR 100"
        header.PatientName, header.PatientAge, header.InstitutionName = "Müller^Jörg", "061Y", "Klinik"
        header.add_new((0x0009, 0x0010), "LO", "VENDOR")
        header.add_new((0x0009, 0x1001), "LO", "private name")

    folder = write_series(tmp_path / "ct", affine)
    edit(folder, named)
    made = written(segmentation(make_set(RADII, affine), SourceSeries.read(folder)), tmp_path)
    header = pydicom.dcmread(next(folder.iterdir()))
    assert str(made.PatientName) == "Müller^Jörg"
    for element in made:
        if element.tag.group == 0x0010:
            assert element.value == header[element.tag].value
    assert not [element for element in made.iterall() if element.tag.is_private or element.value in ("private name", "Klinik")]
    for keyword in ("StudyInstanceUID", "FrameOfReferenceUID", "StudyDate", "AccessionNumber"):
        assert made[keyword].value == header[keyword].value


def test_cielab_of_known_colours():
    """sRGB white, black and red under D50: L* a* b* are 100 0 0, 0 0 0, and 54.3 80.8 69.9."""
    for color, expected in {(1.0, 1.0, 1.0): (100, 0, 0), (0.0, 0.0, 0.0): (0, 0, 0), (1.0, 0.0, 0.0): (54.3, 80.8, 69.9)}.items():
        lightness, a, b = cielab(color)
        np.testing.assert_allclose((lightness * 100 / 65535, a * 255 / 65535 - 128, b * 255 / 65535 - 128), expected, atol=0.6)
    assert len({cielab(sample_color(n)) for n in range(64)}) == 64


@needs_dciodvfy
@pytest.mark.parametrize("radii", [RADII, (6.0,), (0.0, 0.0)], ids=["several", "one", "nothing marked"])
def test_dciodvfy_finds_no_error(make_set, oblique_affine, tmp_path, radii):
    source = SourceSeries.read(write_series(tmp_path / "ct", oblique_affine))
    written(segmentation(make_set(radii, oblique_affine), source), tmp_path)
    assert errors(tmp_path / "seg.dcm") == []
