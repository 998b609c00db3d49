"""A click from annotations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ssb.errors import InputError
from ssb.outputs.seg_nrrd import Segment, write_layered_seg_nrrd
from ssb.volumes import Volume, write_nifti
from ssb_app.annotations import annotated_click

AFFINE = np.array([[0.0, 0.8, 0.0, -10], [-0.6, 0.0, 0.0, 5], [0, 0, 2.0, 30], [0, 0, 0, 1]])
VOLUME = Volume(np.zeros((20, 30, 10), np.int16), AFFINE)


def labels(*blocks: tuple[slice, slice, slice]) -> np.ndarray:
    found = np.zeros(VOLUME.shape, np.uint8)
    for value, block in enumerate(blocks, start=1):
        found[block] = value
    return found


def test_the_click_is_the_middle_of_the_largest_lesion(tmp_path: Path) -> None:
    small = np.s_[1:3, 1:3, 1:3]
    large = np.s_[10:15, 20:27, 3:6]
    file = write_nifti(tmp_path / "a.nii.gz", labels(large, small), AFFINE)
    assert annotated_click([file], VOLUME) == (12, 23, 4)


def test_the_largest_of_several_annotations_counts(tmp_path: Path) -> None:
    small = write_nifti(tmp_path / "a.nii.gz", labels(np.s_[1:4, 1:4, 1:4]), AFFINE)
    large = write_nifti(tmp_path / "b.nii.gz", labels(np.s_[10:15, 20:27, 3:6]), AFFINE)
    assert annotated_click([small, large], VOLUME) == annotated_click([large, small], VOLUME) == (12, 23, 4)


def test_a_cropped_layered_file_is_put_at_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.seg.nrrd"
    mask = np.ones((5, 7, 3), bool)
    segments = [Segment("one", mask, (1, 0, 0), (10, 20, 3)), Segment("two", mask, (0, 1, 0), (10, 20, 3))]
    write_layered_seg_nrrd(path, segments, AFFINE, VOLUME.shape)
    assert annotated_click([path], VOLUME) == (12, 23, 4)


def test_the_click_lies_on_a_hollow_lesion(tmp_path: Path) -> None:
    ring = labels(np.s_[8:15, 20:27, 4:5])
    ring[9:14, 21:26, 4] = 0
    click = annotated_click([write_nifti(tmp_path / "a.nii.gz", ring, AFFINE)], VOLUME)
    assert click is not None
    assert ring[click] == 1


def test_empty_annotations_give_no_click(tmp_path: Path) -> None:
    assert annotated_click([write_nifti(tmp_path / "a.nii.gz", labels(), AFFINE)], VOLUME) is None
    assert annotated_click([], VOLUME) is None


def test_a_broken_annotation_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    path.write_bytes(b"no image")
    with pytest.raises(InputError, match=r"^The file a\.nii\.gz is broken: it cannot be read as NIfTI\.$"):
        annotated_click([path], VOLUME)
