from pathlib import Path

import nrrd
import numpy as np
import pytest
import SimpleITK as sitk

from ssb.errors import InputError
from ssb.volumes import Volume, read_volume

SIGNS = {"left-posterior-superior": (1, 1, 1), "right-anterior-superior": (-1, -1, 1), "left-anterior-superior": (1, -1, 1)}


def write(path: Path, volume: Volume, space: str = "left-posterior-superior", **fields: object) -> Path:
    local = np.diag([*SIGNS.get(space, (1, 1, 1)), 1]) @ volume.affine
    header = {"space": space, "space directions": local[:3, :3].T, "space origin": local[:3, 3], **fields}
    nrrd.write(str(path), volume.array, {k: v for k, v in header.items() if v is not None}, index_order="F")
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_volume(path)
    assert caught.value.status == 422
    assert path.name in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("space", SIGNS)
@pytest.mark.parametrize("encoding", ["gzip", "raw"])
def test_every_space_gives_the_same_volume(tmp_path: Path, oblique: Volume, space: str, encoding: str) -> None:
    back = read_volume(write(tmp_path / "a.nrrd", oblique, space, encoding=encoding))
    np.testing.assert_array_equal(back.array, oblique.array)
    assert back.array.dtype == np.int16
    np.testing.assert_allclose(back.affine, oblique.affine, atol=1e-9)


def test_itk_sees_the_same_grid(tmp_path: Path, oblique: Volume) -> None:
    path = write(tmp_path / "a.nrrd", oblique, "right-anterior-superior")
    image, volume = sitk.ReadImage(path), read_volume(path)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image).T, volume.array)
    for index in [(0, 0, 0), (16, 0, 0), (16, 12, 4)]:
        np.testing.assert_allclose(image.TransformIndexToPhysicalPoint(index), (volume.affine @ [*index, 1])[:3], atol=1e-6)


def test_a_file_of_itk_is_read(tmp_path: Path, oblique: Volume) -> None:
    image = sitk.GetImageFromArray(oblique.array.T)
    image.SetSpacing(oblique.spacing)
    image.SetDirection((oblique.affine[:3, :3] / oblique.spacing).ravel().tolist())
    image.SetOrigin(oblique.affine[:3, 3].tolist())
    sitk.WriteImage(image, tmp_path / "a.nrrd")
    back = read_volume(tmp_path / "a.nrrd")
    np.testing.assert_array_equal(back.array, oblique.array)
    np.testing.assert_allclose(back.affine, oblique.affine, atol=1e-9)


def test_spacings_without_a_space_are_read_as_itk_reads_them(tmp_path: Path, axial: Volume) -> None:
    nrrd.write(str(tmp_path / "a.nrrd"), axial.array, {"spacings": [0.5, 0.6, 2.5]})
    volume = read_volume(tmp_path / "a.nrrd")
    np.testing.assert_array_equal(volume.affine, np.diag([0.5, 0.6, 2.5, 1.0]))
    assert sitk.ReadImage(tmp_path / "a.nrrd").GetSpacing() == volume.spacing


def test_big_endian_values_become_native(tmp_path: Path, axial: Volume) -> None:
    big = Volume(axial.array.astype(">i2"), axial.affine)
    back = read_volume(write(tmp_path / "a.nrrd", big, endian="big", encoding="raw"))
    assert back.array.dtype == np.dtype("=i2")
    np.testing.assert_array_equal(back.array, axial.array)


def test_a_detached_header_finds_its_data_beside_it(tmp_path: Path, axial: Volume) -> None:
    back = read_volume(write(tmp_path / "a.nhdr", axial))
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".gz", ".nhdr"]
    np.testing.assert_array_equal(back.array, axial.array)


@pytest.mark.parametrize("name", ["../secret.raw", "{folder}/secret.raw", "sub/secret.raw"])
@pytest.mark.parametrize("suffix", [".nhdr", ".nrrd"])
def test_data_outside_the_folder_is_refused(tmp_path: Path, axial: Volume, name: str, suffix: str) -> None:
    inside = tmp_path / "inside"
    (inside / "sub").mkdir(parents=True)
    path = write(inside / "a.nhdr", axial, encoding="raw")
    name = name.format(folder=tmp_path)
    (inside / name).write_bytes((inside / "a.raw").read_bytes())
    text = path.read_text().replace("a.raw", name)
    path = path.with_suffix(suffix)
    path.write_text(text)
    assert f"names the data file {name}: it must lie in the same folder" in refused(path)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path, axial: Volume) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    path = write(inside / "a.nhdr", axial, encoding="raw")
    (inside / "a.raw").rename(tmp_path / "a.raw")
    (inside / "a.raw").symlink_to(tmp_path / "a.raw")
    assert "it must lie in the same folder" in refused(path)


def test_data_that_is_missing_is_named(tmp_path: Path, axial: Volume) -> None:
    path = write(tmp_path / "a.nhdr", axial, encoding="raw")
    (tmp_path / "a.raw").unlink()
    assert "names the data file a.raw, which does not exist" in refused(path)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"space": "scanner-xyz"}, "lies in the space scanner-xyz: it must be LPS, RAS or LAS"),
        ({"space units": ["cm", "cm", "cm"]}, "gives its lengths in cm: they must be in mm"),
        ({"space": None, "space directions": None, "space origin": None}, "gives no voxel spacing"),
        ({"space directions": np.diag([0.5, 0.0, 2.5])}, "has a voxel spacing of 0.5 x 0 x 2.5 mm"),
        ({"space directions": np.array([[0.5, 0, 0], [0.3, 0.6, 0], [0, 0, 2.5]])}, "has a sheared grid"),
        ({"space directions": np.array([[0.5, 0, 0], [0, 0.6, 0], [np.nan] * 3])}, "not finite numbers"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(tmp_path: Path, axial: Volume, fields: dict[str, object], sentence: str) -> None:
    assert sentence in refused(write(tmp_path / "a.nrrd", axial, **fields))


@pytest.mark.parametrize(("spacing", "shown"), [(-0.6, "-0.6"), (0.0, "0")])
def test_spacings_must_be_positive(tmp_path: Path, axial: Volume, spacing: float, shown: str) -> None:
    nrrd.write(str(tmp_path / "a.nrrd"), axial.array, {"spacings": [0.5, spacing, 2.5]})
    assert f"has a voxel spacing of 0.5 x {shown} x 2.5 mm" in refused(tmp_path / "a.nrrd")


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.arange(12, dtype=np.int16).reshape(3, 4), "is 2-D with the shape 3 x 4"),
        (np.arange(120, dtype=np.int16).reshape(2, 3, 4, 5), "is 4-D with the shape 2 x 3 x 4 x 5"),
        (np.full((3, 4, 5), 7, dtype=np.int16), "is constant: every voxel is 7"),
    ],
)
def test_what_is_no_image_is_refused(tmp_path: Path, array: np.ndarray, sentence: str) -> None:
    nrrd.write(str(tmp_path / "a.nrrd"), array, {"spacings": [1.0] * array.ndim})
    assert sentence in refused(tmp_path / "a.nrrd")


@pytest.mark.parametrize("kept", [0, 4, 60, -40])
def test_a_broken_file_is_named(tmp_path: Path, axial: Volume, kept: int) -> None:
    path = write(tmp_path / "a.nrrd", axial)
    path.write_bytes(path.read_bytes()[:kept])
    assert refused(path) == "The file a.nrrd is broken: it cannot be read as NRRD."
