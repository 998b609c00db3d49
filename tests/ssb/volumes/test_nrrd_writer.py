"""NRRD files hold voxels, grid and type exactly, and the same bytes each time."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from ssb.volumes.nrrd_reader import read_nrrd
from ssb.volumes.nrrd_writer import write_nrrd

OBLIQUE = np.array([[0.6, -0.8, 0.0, -11.5], [0.8 * 0.6, 0.6 * 0.6, -0.8 * 2, 7.25], [0.8 * 0.8, 0.6 * 0.8, 0.6 * 2, 100.0], [0, 0, 0, 1]])


@pytest.mark.parametrize("compress", [True, False])
def test_reading_gives_voxels_grid_and_type_back(tmp_path: Path, compress: bool) -> None:
    array = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    found = read_nrrd(write_nrrd(tmp_path / "a.nrrd", array, OBLIQUE, compress))
    np.testing.assert_array_equal(found.array, array)
    assert found.array.dtype == np.int16
    np.testing.assert_allclose(found.affine, OBLIQUE, atol=1e-12)


def test_itk_reads_the_same_voxel_at_the_same_place(tmp_path: Path) -> None:
    array = np.zeros((2, 3, 4), dtype=np.float32)
    array[1, 2, 3] = 0.5
    image = sitk.ReadImage(str(write_nrrd(tmp_path / "a.nrrd", array, OBLIQUE)))
    assert image.GetPixel(1, 2, 3) == 0.5
    np.testing.assert_allclose(image.TransformIndexToPhysicalPoint((1, 2, 3)), (OBLIQUE @ [1, 2, 3, 1])[:3], atol=1e-9)


def test_the_same_input_gives_the_same_bytes_a_second_later(tmp_path: Path) -> None:
    mask = np.indices((2, 3, 4)).sum(axis=0) % 2 == 0
    first = write_nrrd(tmp_path / "a.nrrd", mask, OBLIQUE).read_bytes()
    time.sleep(1.1)
    assert write_nrrd(tmp_path / "b.nrrd", mask, OBLIQUE).read_bytes() == first


def test_a_mask_becomes_uint8_and_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    mask = np.indices((2, 3, 4)).sum(axis=0) % 2 == 0
    assert read_nrrd(write_nrrd(tmp_path / "a.nrrd", mask, OBLIQUE)).array.dtype == np.uint8
    assert [path.name for path in tmp_path.iterdir()] == ["a.nrrd"]
