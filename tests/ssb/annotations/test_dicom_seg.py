"""Segmentations as viewers export them: frames in any order and of either kind go to the slice at their own position."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from highdicom.seg import SegmentationTypeValues
from pydicom.dataset import Dataset

from ssb.annotations.dicom_seg import content_creator, creator_of, seg_on_grid
from ssb.annotations.regrid import on_grid
from ssb.errors import InputError
from ssb.volumes import Volume, read_volume, write_dicom_series
from tests.seg_made import binary_seg, headers, labelmap_seg

SHAPE = (16, 12, 7)


def turned() -> np.ndarray:
    c, s = np.cos(0.5), np.sin(0.5)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) * (0.7, 0.9, 2.5)
    affine[:3, 3] = (-20, 30, -140)
    return affine


@pytest.fixture(scope="module", params=["axial", "oblique"])
def series(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    affine = np.diag([0.7, 0.9, 2.5, 1.0]) if request.param == "axial" else turned()
    array = np.random.default_rng(0).integers(-900, 100, SHAPE).astype(np.int16)
    return write_dicom_series(Volume(array, affine), tmp_path_factory.mktemp(request.param) / "series", seed_uid="seg")


@pytest.fixture
def volume(series: Path) -> Volume:
    return read_volume(series)


@pytest.fixture
def sources(series: Path) -> list[Dataset]:
    return headers(series)


@pytest.fixture
def mask() -> np.ndarray:
    """Asymmetric, on slices 2 to 4 only."""
    found = np.zeros(SHAPE, dtype=bool)
    found[3:9, 2:7, 2:5] = np.random.default_rng(1).random((6, 5, 3)) < 0.6
    return found


@pytest.mark.parametrize("make", [binary_seg, labelmap_seg, lambda s, m: labelmap_seg(s, m, rle=False)])
def test_a_segment_comes_back_exactly(make, series, sources, volume, mask, tmp_path):
    dataset = make(sources, {"nodule": mask})
    assert np.array_equal(seg_on_grid(dataset, volume), mask)
    dataset.save_as(tmp_path / "seg.dcm", write_like_original=False)
    assert np.array_equal(on_grid(tmp_path / "seg.dcm", volume), mask)


@pytest.mark.parametrize("make", [binary_seg, labelmap_seg])
def test_an_image_whose_slices_are_counted_the_other_way(make, sources, volume, mask):
    affine = volume.affine.copy()
    affine[:3, 3] = (volume.affine @ [0, SHAPE[1] - 1, SHAPE[2] - 1, 1])[:3]
    affine[:3, 1:3] *= -1
    flipped = Volume(volume.array[:, ::-1, ::-1], affine)
    assert np.array_equal(seg_on_grid(make(sources, {"nodule": mask}), flipped), mask[:, ::-1, ::-1])


def test_overlapping_segments_of_the_rater_are_joined(sources, volume, mask):
    other = np.roll(mask, 2, axis=0)
    assert np.array_equal(seg_on_grid(binary_seg(sources, {"solid": mask, "halo": other}), volume), mask | other)
    assert np.array_equal(seg_on_grid(labelmap_seg(sources, {"solid": mask, "halo": other}), volume), mask | other)


def test_among_our_own_masks_the_segment_of_the_rater_is_meant(sources, volume, mask):
    other = np.roll(mask, 1, axis=0) | mask
    assert np.array_equal(seg_on_grid(binary_seg(sources, {"consensus": other, "sample 1": mask, "nodule": mask}), volume), mask)
    with pytest.raises(InputError, match="holds 2 segments"):
        seg_on_grid(binary_seg(sources, {"consensus": other, "sample 1": mask}), volume)


def test_our_overlapping_masks_exported_as_labelmap_lost_voxels(sources, volume, mask):
    other = np.roll(mask, 1, axis=0) | mask
    with pytest.raises(InputError, match="overwrote one another"):
        seg_on_grid(labelmap_seg(sources, {"consensus": other, "sample 1": mask, "nodule": np.roll(mask, 6, axis=0)}), volume)


def test_an_empty_labelmap_is_an_empty_annotation(sources, volume):
    assert not seg_on_grid(labelmap_seg(sources, {"nodule": np.zeros(SHAPE, dtype=bool)}), volume).any()


def test_the_padding_value_of_a_labelmap_is_background(sources, volume, mask):
    dataset = labelmap_seg(sources, {"nodule": mask, "outside": ~mask})
    dataset.PixelPaddingValue = 2
    assert np.array_equal(seg_on_grid(dataset, volume), mask)


def test_fractional_and_other_objects_are_refused(sources, volume, mask):
    with pytest.raises(InputError, match=r"is FRACTIONAL.*BINARY or LABELMAP"):
        seg_on_grid(binary_seg(sources, {"nodule": mask}, kind=SegmentationTypeValues.FRACTIONAL), volume)
    with pytest.raises(InputError, match="is no segmentation"):
        seg_on_grid(sources[0], volume)


def test_another_grid_is_refused(sources, volume, mask):
    coarser = Volume(volume.array, volume.affine * [1, 1, 1.2, 1])
    with pytest.raises(InputError, match="lies on another grid"):
        seg_on_grid(binary_seg(sources, {"nodule": mask}), coarser)


def test_frames_outside_the_image_are_refused_with_the_count(sources, volume, mask):
    short = Volume(volume.array[:, :, :4], volume.affine)
    with pytest.raises(InputError, match=rf"has {mask[:, :, 4].sum()} voxels outside the image"):
        seg_on_grid(binary_seg(sources, {"nodule": mask}), short)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda d: delattr(d, "PixelData"), "broken or compressed"),
        (lambda d: setattr(d, "PixelData", d.PixelData[:-40]), "broken or compressed"),
        (lambda d: d.PerFrameFunctionalGroupsSequence.pop(), "has 3 frames and describes 2"),
        (lambda d: delattr(d.PerFrameFunctionalGroupsSequence[1], "PlanePositionSequence"), "ImagePositionPatient is missing"),
        (lambda d: delattr(d.PerFrameFunctionalGroupsSequence[1], "SegmentIdentificationSequence"), "does not say which segment"),
        (lambda d: setattr(d.SegmentSequence[0], "SegmentNumber", 7), "uses segment number 1"),
    ],
)
def test_broken_objects_are_refused_with_the_reason(harm, said, sources, volume, mask):
    dataset = Dataset(binary_seg(sources, {"nodule": mask}))
    dataset.file_meta = binary_seg(sources, {"nodule": mask}).file_meta
    harm(dataset)
    with pytest.raises(InputError, match=said):
        seg_on_grid(dataset, volume)


def test_who_drew_it(sources, mask):
    assert creator_of(binary_seg(sources, {"nodule": mask}, creator="Reader^Anna")) == "Reader Anna"
    assert creator_of(labelmap_seg(sources, {"nodule": mask})) is None


@pytest.mark.parametrize("rater", ["anna", "Dr. Åsa  Müller", "x" * 62])
def test_a_raters_name_comes_back_from_the_file(rater, sources, mask, tmp_path):
    dataset = binary_seg(sources, {"nodule": mask}, creator=content_creator(rater))
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.save_as(tmp_path / "seg.dcm", write_like_original=False)
    assert creator_of(pydicom.dcmread(tmp_path / "seg.dcm")) == rater


@pytest.mark.parametrize("rater", ["", " anna", "x" * 63, "Doe^Jane", "a=b", "a\\b", "a\tb"])
def test_a_name_that_would_not_come_back_is_refused(rater):
    with pytest.raises(InputError, match="cannot stand in a DICOM file: it has 1 to 62 characters"):
        content_creator(rater)
