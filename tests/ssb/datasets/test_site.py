from pathlib import Path

import numpy as np
import pytest

from ssb.datasets.site import SiteStudies, read_mask
from ssb.datasets.study import Skipped, Study
from ssb.errors import InputError, NotFoundError
from ssb.volumes import Volume, write_dicom_series, write_nifti
from ssb.volumes.write import write_array

AFFINE = np.array([[0.7, 0, 0, -50], [0, 0.8, 0, -60], [0, 0, 2.5, -100], [0, 0, 0, 1.0]])
SHAPE = (9, 8, 5)


def image(seed: int = 0) -> Volume:
    return Volume(np.random.default_rng(seed).integers(-1000, 1000, SHAPE).astype(np.int16), AFFINE)


def mask(i: int) -> np.ndarray:
    """Voxels that no flip or swap of axes leaves where they are."""
    drawn = np.zeros(SHAPE, dtype=bool)
    drawn[i : i + 2, 1:4, 3] = True
    return drawn


def put(path: Path, array: np.ndarray, affine: np.ndarray = AFFINE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_array(path, array, affine)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Images one (.nii.gz), two (.nrrd), three (DICOM). Rater a drew all of them, rater b saw nothing in one and did not read three."""
    put(tmp_path / "images" / "one.nii.gz", image(1).array)
    put(tmp_path / "images" / "two.nrrd", image(2).array)
    write_dicom_series(image(3), tmp_path / "images" / "three", seed_uid="site")
    put(tmp_path / "raters" / "a" / "one.nrrd", mask(1))
    put(tmp_path / "raters" / "a" / "two.nii.gz", mask(2))
    put(tmp_path / "raters" / "a" / "three.nii.gz", mask(3))
    put(tmp_path / "raters" / "b" / "one.nii.gz", np.zeros(SHAPE, dtype=np.uint8))
    put(tmp_path / "raters" / "b" / "two.nrrd", mask(4) * np.uint8(7))
    return tmp_path


def read(root: Path) -> tuple[dict[str, Study], list[Skipped]]:
    studies = SiteStudies(root)
    found = {study.id: study for study in studies}
    return found, studies.skipped


def test_every_kind_of_image_comes_with_its_raters_masks(site: Path) -> None:
    studies, skipped = read(site)
    assert list(studies) == ["one", "three", "two"] and skipped == []
    for (name, study), seed, i in zip(studies.items(), (1, 3, 2), (1, 3, 2), strict=True):
        assert study.raters == ("a", "b"), name
        np.testing.assert_array_equal(study.volume.array, image(seed).array)
        np.testing.assert_allclose(study.volume.affine, AFFINE, atol=1e-4)
        assert study.masks.shape == (2, *SHAPE) and study.masks.dtype == bool
        np.testing.assert_array_equal(study.masks[0], mask(i))
    np.testing.assert_array_equal(studies["two"].masks[1], mask(4))


def test_absent_is_not_empty(site: Path) -> None:
    studies, _ = read(site)
    assert {name: study.present for name, study in studies.items()} == {"one": (True, True), "two": (True, True), "three": (True, False)}
    assert not studies["one"].masks[1].any() and not studies["three"].masks[1].any()


def test_studies_are_read_one_by_one(site: Path) -> None:
    passing = iter(SiteStudies(site))
    assert next(passing).id == "one"
    (site / "images" / "two.nrrd").unlink()
    assert next(passing).id == "three"
    with pytest.raises(StopIteration):
        next(passing)


def test_a_mask_that_cannot_be_used_is_named_and_its_rater_counts_as_absent(site: Path) -> None:
    put(site / "raters" / "b" / "one.nii.gz", np.zeros((9, 8, 4), dtype=np.uint8))
    studies, skipped = read(site)
    assert studies["one"].present == (True, False) and not studies["one"].masks[1].any()
    assert skipped == [Skipped("one", "Rater b: The mask one.nii.gz has the shape 9 x 8 x 4, but its image has 9 x 8 x 5.")]


def test_what_fits_nothing_is_named(site: Path) -> None:
    put(site / "images" / "two.nii.gz", image(2).array)
    put(site / "raters" / "b" / "four.nii.gz", mask(1))
    put(site / "images" / "five.nii.gz", image(5).array)
    (site / "images" / "notes.txt").write_text("hello")
    (site / "images" / ".hidden").write_text("hello")
    (site / "images" / "six").mkdir()
    studies, skipped = read(site)
    assert list(studies) == ["one", "three"]
    assert {entry.id: entry.reason for entry in skipped} == {
        "notes.txt": "The entry images/notes.txt is of another kind: it must be .nii.gz, .nii, .nrrd or a DICOM folder.",
        "four": "The mask of rater b has no image of that id.",
        "five": "No rater has a mask of this image that can be used.",
        "six": "The folder six holds no DICOM slices of CT, MR or PET.",
        "two": "One id has several files, two.nii.gz and two.nrrd: it must have one.",
    }


def test_a_second_pass_names_the_same_once(site: Path) -> None:
    put(site / "raters" / "b" / "four.nii.gz", mask(1))
    studies = SiteStudies(site)
    assert [len(list(studies)), len(list(studies)), len(studies.skipped)] == [3, 3, 1]


def moved(**changes: float) -> np.ndarray:
    affine = AFFINE.copy()
    for place, value in changes.items():
        affine["xyz".index(place[0]), int(place[1])] = value
    return affine


@pytest.mark.parametrize("affine", [moved(x3=-49.9), moved(z2=2.55), moved(x0=-0.7, x3=-50 + 8 * 0.7), moved(y1=0.7)])
def test_another_grid_is_refused(tmp_path: Path, affine: np.ndarray) -> None:
    write_nifti(tmp_path / "m.nii.gz", mask(1), affine)
    with pytest.raises(InputError, match=r"The mask m.nii.gz lies on another grid than its image: a corner is .* voxels away"):
        read_mask(tmp_path / "m.nii.gz", image())


def test_rounding_of_the_grid_is_allowed(tmp_path: Path) -> None:
    write_nifti(tmp_path / "m.nii.gz", mask(1), moved(x3=-50.001))
    np.testing.assert_array_equal(read_mask(tmp_path / "m.nii.gz", image()), mask(1))


@pytest.mark.parametrize(("value", "dtype"), [(0.5, np.float32), (-1, np.int16), (np.nan, np.float32), (np.inf, np.float32)])
def test_values_that_are_no_labels_are_refused(tmp_path: Path, value: float, dtype: type) -> None:
    values = mask(1).astype(dtype)
    values[0, 0, 0] = value
    write_array(tmp_path / "m.nrrd", values, AFFINE)
    with pytest.raises(InputError, match=r"The mask m.nrrd holds values that are no labels"):
        read_mask(tmp_path / "m.nrrd", image())


def test_several_labels_are_joined(tmp_path: Path) -> None:
    write_array(tmp_path / "m.nrrd", mask(1) + mask(5) * np.float32(3), AFFINE)
    np.testing.assert_array_equal(read_mask(tmp_path / "m.nrrd", image()), mask(1) | mask(5))


def test_a_broken_file_and_one_with_four_axes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "m.nrrd").write_bytes(b"NRRD0004\n")
    with pytest.raises(InputError, match=r"The mask m.nrrd is broken"):
        read_mask(tmp_path / "m.nrrd", image())
    write_nifti(tmp_path / "m.nii.gz", np.zeros((*SHAPE, 2), dtype=np.uint8), AFFINE)
    with pytest.raises(InputError, match=r"The mask m.nii.gz must have three axes and one value a voxel"):
        read_mask(tmp_path / "m.nii.gz", image())


def test_a_folder_of_another_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="There is no folder 'images'"):
        SiteStudies(tmp_path)
    (tmp_path / "images").mkdir()
    with pytest.raises(NotFoundError, match="There is no folder 'raters'"):
        SiteStudies(tmp_path)
    (tmp_path / "raters").mkdir()
    with pytest.raises(InputError, match="holds no rater"):
        SiteStudies(tmp_path)
