"""A block of any file has the values of the whole image, and only that block is read."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import nrrd
import numpy as np
import pytest

from ssb.errors import InputError
from ssb.geometry import Region
from ssb.presets import PRESETS
from ssb.volumes import Volume, open_volume, read_volume, write_dicom_series, write_nifti
from ssb.volumes.lazy import LazyVolume
from ssb.volumes.nrrd_writer import write_nrrd

BLOCKS = [np.s_[:, :, :], np.s_[3:7, 2:30, 1:2], np.s_[0:37, 32:33, 0:5], np.s_[5:6, 5:6, 4:5]]


def scaled_nifti(path: Path, volume: Volume) -> Path:
    image = nib.Nifti1Image(volume.array, np.diag([0.7, 0.8, 2.7, 1.0]))
    image.header.set_slope_inter(0.1, -7.3)
    image.header.set_xyzt_units("mm")
    nib.save(image, path)
    return path


def big_endian_nrrd(path: Path, volume: Volume) -> Path:
    nrrd.write(str(path), volume.array.astype(">i2"), {"spacings": [0.7, 0.8, 2.7], "endian": "big", "encoding": "raw"}, index_order="F")
    return path


def detached_nrrd(path: Path, volume: Volume) -> Path:
    nrrd.write(str(path), volume.array, {"spacings": [0.7, 0.8, 2.7], "encoding": "raw"}, detached_header=True, index_order="F")
    return path


MADE: dict[str, Callable[[Path, Volume], Path]] = {
    "image.nii": lambda path, volume: write_nifti(path, volume.array, volume.affine),
    "float.nii": lambda path, volume: write_nifti(path, volume.array / np.float32(3), volume.affine),
    "four.nii": lambda path, volume: write_nifti(path, volume.array[..., None], volume.affine),
    "scaled.nii": scaled_nifti,
    "image.nrrd": lambda path, volume: write_nrrd(path, volume.array, volume.affine, compress=False),
    "big.nrrd": big_endian_nrrd,
    "detached.nhdr": detached_nrrd,
    "series": lambda path, volume: write_dicom_series(volume, path, seed_uid="lazy"),
}


@pytest.mark.parametrize("name", MADE)
def test_a_block_is_that_of_the_whole_image(name: str, tmp_path: Path, oblique: Volume) -> None:
    path = MADE[name](tmp_path / name, oblique)
    wanted, found = read_volume(path), open_volume(path)
    assert isinstance(found, LazyVolume)
    assert (found.name, found.series_uid, found.shape, found.spacing) == (wanted.name, wanted.series_uid, wanted.shape, wanted.spacing)
    np.testing.assert_array_equal(found.affine, wanted.affine)
    for block in BLOCKS:
        np.testing.assert_array_equal(found[block], wanted.array[block])
        assert found[block].dtype == wanted.array.dtype
    np.testing.assert_array_equal(found.array, wanted.array)


@pytest.mark.parametrize("name", ["image.nii.gz", "image.nrrd"])
def test_a_compressed_image_is_read_whole_or_becomes_a_copy_once(
    name: str, tmp_path: Path, oblique: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    (write_nifti if "nii" in name else write_nrrd)(path, oblique.array, oblique.affine)
    assert not isinstance(open_volume(path), LazyVolume)
    monkeypatch.setattr("ssb.volumes.unpacked.SMALLEST_BYTES", 0)
    wanted, found = read_volume(path), open_volume(path, copies=tmp_path / "copies")
    assert isinstance(found, LazyVolume)
    assert found.name == name
    np.testing.assert_array_equal(found.array, wanted.array)
    np.testing.assert_array_equal(found.affine, wanted.affine)
    (copy,) = (tmp_path / "copies").iterdir()
    written = copy.stat().st_ino
    open_volume(path, copies=tmp_path / "copies")
    assert [file.stat().st_ino for file in (tmp_path / "copies").iterdir()] == [written]


def test_copies_are_bounded_and_a_broken_file_leaves_none(tmp_path: Path, oblique: Volume, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssb.volumes.unpacked.SMALLEST_BYTES", 0)
    monkeypatch.setattr("ssb.volumes.unpacked.KEPT_BYTES", 30_000)
    for number in range(4):
        open_volume(write_nifti(tmp_path / f"{number}.nii.gz", oblique.array + number, oblique.affine), copies=tmp_path / "copies")
    assert len(list((tmp_path / "copies").iterdir())) == 2, "12 kB each"
    broken = tmp_path / "broken.nii.gz"
    broken.write_bytes(gzip.compress(bytes(5000))[:-20])
    with pytest.raises(InputError, match=r"broken\.nii\.gz is broken"):
        open_volume(broken, copies=tmp_path / "copies")
    assert len(list((tmp_path / "copies").iterdir())) == 2


def test_only_the_slices_of_a_block_are_decoded(series: Path, axial: Volume) -> None:
    found = open_volume(series)
    for number in (2, 3, 5, 6):
        (series / f"{number:06d}.dcm").write_bytes(b"gone")
    np.testing.assert_array_equal(found[np.s_[1:4, 2:5, 3:4]], axial.array[1:4, 2:5, 3:4])
    with pytest.raises(InputError, match=r"The file 000005.dcm is broken"):
        found[np.s_[1:4, 2:5, 3:5]]


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.full((4, 5, 6), 7, np.int16), "is constant: every voxel is 7"),
        (np.where(np.arange(120).reshape(4, 5, 6) == 119, np.nan, 1.0).astype(np.float32), "has 1 voxels that are NaN or infinite"),
        (np.zeros((4, 5, 6, 2), np.int16), "is 4-D with the shape 4 x 5 x 6 x 2"),
        (np.zeros((4, 5, 1), np.int16), "is 2-D"),
    ],
)
def test_what_is_no_image_is_refused_when_it_is_opened(array: np.ndarray, sentence: str, tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "wrong.nii", array, np.eye(4))
    for read in (read_volume, open_volume):
        with pytest.raises(InputError, match=sentence):
            read(path)


@pytest.mark.parametrize("name", ["image.nii", "image.nrrd"])
def test_a_file_that_is_cut_short_is_refused_when_it_is_opened_or_later(name: str, tmp_path: Path, oblique: Volume) -> None:
    path = MADE[name](tmp_path / name, oblique)
    found, whole = open_volume(path), path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(InputError, match=f"The file {name} is broken"):
        open_volume(path)
    with pytest.raises(InputError, match=f"The file {name} is broken"):
        found[np.s_[0:37, 0:33, 4:5]]
    np.testing.assert_array_equal(found[np.s_[0:37, 0:33, 0:1]], oblique.array[:, :, 0:1])


@pytest.mark.parametrize("spacing", [0.7, 0.3, 1.3])
def test_a_window_of_a_lazy_volume_is_that_of_the_whole(spacing: float, tmp_path: Path) -> None:
    array = np.random.default_rng(1).integers(-1000, 1000, (90, 12, 100)).astype(np.int16)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[spacing, 0, 0], [0, 0, -spacing], [0, 2.5, 0]])
    path = write_nifti(tmp_path / "coronal.nii", array, affine)
    for click in ((45, 6, 50), (2, 0, 97)):
        wanted, found = (Region(volume, click, PRESETS["tiny"]) for volume in (read_volume(path), open_volume(path)))
        for k in range(wanted.slices):
            np.testing.assert_array_equal(found.window(k), wanted.window(k))
