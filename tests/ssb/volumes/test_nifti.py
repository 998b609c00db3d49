from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk

from ssb.errors import InputError
from ssb.volumes import Volume, read_volume, write_nifti
from ssb.volumes.nifti import load_nifti, open_nifti

DTYPES = [np.uint8, np.int16, np.uint16, np.int32, np.int64, np.float32, np.float64]


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_volume(path)
    assert caught.value.status == 422
    assert path.name in str(caught.value)
    return str(caught.value)


def set_pixdim(path: Path, axis: int, value: float) -> None:
    content = bytearray(path.read_bytes())
    content[76 + 4 * axis : 80 + 4 * axis] = np.float32(value).tobytes()
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_written_is_read_back(tmp_path: Path, oblique: Volume, dtype: type, name: str) -> None:
    array = np.abs(oblique.array // 16).astype(dtype)
    back = read_volume(write_nifti(tmp_path / name, array, oblique.affine))
    assert back.array.dtype == dtype
    np.testing.assert_array_equal(back.array, array)
    np.testing.assert_allclose(back.affine, oblique.affine, rtol=1e-6, atol=1e-6)
    assert back.name == name


def test_a_mask_is_written_as_uint8(tmp_path: Path, oblique: Volume) -> None:
    back = read_volume(write_nifti(tmp_path / "mask.nii.gz", oblique.array > 0, oblique.affine))
    assert back.array.dtype == np.uint8
    np.testing.assert_array_equal(back.array, oblique.array > 0)


def test_the_file_says_scanner_twice_the_same(tmp_path: Path, oblique: Volume) -> None:
    header = nib.load(write_nifti(tmp_path / "a.nii", oblique.array, oblique.affine)).header
    assert (header["sform_code"], header["qform_code"]) == (1, 1)
    np.testing.assert_allclose(header.get_sform(), header.get_qform(), atol=1e-4)
    assert header.get_xyzt_units()[0] == "mm"


def test_itk_sees_the_same_grid(tmp_path: Path, oblique: Volume) -> None:
    image = sitk.ReadImage(write_nifti(tmp_path / "a.nii.gz", oblique.array, oblique.affine))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image).T, oblique.array)
    for index in [(0, 0, 0), (16, 0, 0), (0, 12, 0), (16, 12, 4)]:
        np.testing.assert_allclose(image.TransformIndexToPhysicalPoint(index), (oblique.affine @ [*index, 1])[:3], atol=1e-3)


def test_the_same_input_gives_the_same_bytes_and_nothing_is_left_beside(tmp_path: Path, oblique: Volume) -> None:
    first = write_nifti(tmp_path / "a.nii.gz", oblique.array, oblique.affine).read_bytes()
    assert write_nifti(tmp_path / "a.nii.gz", oblique.array, oblique.affine).read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["a.nii.gz"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, oblique: Volume) -> None:
    path = write_nifti(tmp_path / "a.nii", oblique.array, oblique.affine)
    before = path.read_bytes()
    with pytest.raises(nib.spatialimages.HeaderDataError):
        write_nifti(path, oblique.array.astype(np.float16), oblique.affine)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.nii"]


def test_slope_and_intercept_are_applied(tmp_path: Path) -> None:
    image = nib.Nifti1Image(np.arange(24, dtype=np.uint16).reshape(2, 3, 4), np.eye(4))
    image.header.set_slope_inter(2.0, -1024.0)
    nib.save(image, tmp_path / "hu.nii")
    stored = np.asarray(nib.load(tmp_path / "hu.nii").dataobj.get_unscaled())
    volume = read_volume(tmp_path / "hu.nii")
    assert volume.array.dtype == np.float32
    np.testing.assert_array_equal(volume.array, stored * 2.0 - 1024)


def test_big_endian_values_become_native(tmp_path: Path) -> None:
    array = np.arange(24, dtype=">i2").reshape(2, 3, 4)
    image = nib.Nifti1Image(array, np.eye(4), header=nib.Nifti1Header(endianness=">"))
    image.set_data_dtype(np.int16)
    nib.save(image, tmp_path / "big.nii")
    assert nib.load(tmp_path / "big.nii").get_data_dtype() == np.dtype(">i2")
    volume = read_volume(tmp_path / "big.nii")
    assert volume.array.dtype == np.dtype("=i2")
    np.testing.assert_array_equal(volume.array, array)


def test_ras_becomes_lps(tmp_path: Path, axial: Volume) -> None:
    nib.save(nib.Nifti1Image(axial.array, np.diag([2.0, 3.0, 4.0, 1.0])), tmp_path / "a.nii")
    np.testing.assert_array_equal(read_volume(tmp_path / "a.nii").affine, np.diag([-2.0, -3.0, 4.0, 1.0]))


def test_a_header_without_orientation_is_read_as_itk_reads_it(tmp_path: Path, axial: Volume) -> None:
    image = nib.Nifti1Image(axial.array, None)
    image.header.set_zooms((0.75, 0.5, 2.5))
    nib.save(image, tmp_path / "bare.nii")
    assert nib.load(tmp_path / "bare.nii").header["sform_code"] == 0
    volume, itk = read_volume(tmp_path / "bare.nii"), sitk.ReadImage(tmp_path / "bare.nii")
    np.testing.assert_array_equal(volume.affine, np.diag([0.75, 0.5, 2.5, 1.0]))
    assert itk.GetOrigin() == (0, 0, 0) and itk.GetSpacing() == volume.spacing and itk.GetDirection() == tuple(np.eye(3).ravel())


def test_a_qform_that_is_no_rotation_is_refused(tmp_path: Path, axial: Volume) -> None:
    path = write_nifti(tmp_path / "a.nii", axial.array, axial.affine)
    image = nib.load(path)
    image.header["sform_code"], image.header["quatern_b"] = 0, 3e6
    content = path.read_bytes()
    path.write_bytes(image.header.binaryblock + content[348:])
    for read in (load_nifti, open_nifti):
        with pytest.raises(
            InputError, match=r"The file a\.nii is broken: its qform has \(3e\+06, .*\) as b, c and d, which are no rotation's\."
        ):
            read(path)


@pytest.mark.parametrize(("value", "shown"), [(-0.7, "-0.7"), (0.0, "0"), (np.nan, "nan"), (np.inf, "inf")])
def test_a_voxel_size_in_the_header_must_be_positive(tmp_path: Path, axial: Volume, value: float, shown: str) -> None:
    path = write_nifti(tmp_path / "a.nii", axial.array, axial.affine)
    set_pixdim(path, 2, value)
    assert f"has a voxel spacing of 0.5 x {shown} x 2.5 mm" in refused(path)


def test_other_units_are_refused(tmp_path: Path, axial: Volume) -> None:
    image = nib.Nifti1Image(axial.array, np.eye(4))
    image.header.set_xyzt_units("micron")
    nib.save(image, tmp_path / "a.nii")
    assert "gives its lengths in micron: they must be in mm" in refused(tmp_path / "a.nii")


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.arange(12, dtype=np.int16).reshape(3, 4), "is 2-D with the shape 3 x 4"),
        (np.arange(120, dtype=np.int16).reshape(3, 4, 5, 2), "is 4-D with the shape 3 x 4 x 5 x 2"),
        (np.zeros((3, 4, 5), dtype=np.int16), "is constant: every voxel is 0"),
        (np.full((3, 4, 5), np.nan, dtype=np.float32), "has 60 voxels that are NaN or infinite"),
        (np.zeros((3, 4, 5), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")]), "no colours"),
    ],
)
def test_what_is_no_image_is_refused(tmp_path: Path, array: np.ndarray, sentence: str) -> None:
    nib.save(nib.Nifti1Image(array, np.eye(4)), tmp_path / "a.nii")
    assert sentence in refused(tmp_path / "a.nii")


def test_a_sheared_sform_is_refused(tmp_path: Path, axial: Volume) -> None:
    affine = np.eye(4)
    affine[0, 1] = 0.2
    nib.save(nib.Nifti1Image(axial.array, affine), tmp_path / "a.nii")
    assert "has a sheared grid" in refused(tmp_path / "a.nii")


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("kept", [0, 10, 100, -40])
def test_a_broken_file_is_named(tmp_path: Path, axial: Volume, name: str, kept: int) -> None:
    path = write_nifti(tmp_path / name, axial.array, axial.affine)
    path.write_bytes(path.read_bytes()[:kept])
    assert refused(path).startswith(f"The file {name} is broken: ")


def test_another_format_under_the_name_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "text.nii"
    path.write_text("not an image " * 100)
    assert "is broken" in refused(path)


def test_a_header_that_claims_too_many_voxels_is_broken(tmp_path: Path, axial: Volume) -> None:
    path = write_nifti(tmp_path / "a.nii", axial.array, axial.affine)
    content = bytearray(path.read_bytes())
    content[42:48] = np.full(3, 32767, "<i2").tobytes()
    path.write_bytes(content)
    assert "is broken" in refused(path)
