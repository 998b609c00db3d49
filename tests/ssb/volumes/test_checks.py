import numpy as np
import pytest

from ssb.errors import InputError
from ssb.volumes.checks import check_image

GRID = np.diag([0.7, 0.7, 2.5, 1.0])
RAMP = np.arange(60, dtype=np.float32).reshape(3, 4, 5)


def refused(array: np.ndarray, affine: np.ndarray = GRID) -> str:
    with pytest.raises(InputError) as caught:
        check_image(array, affine, "lungs.nii")
    assert (caught.value.status, caught.value.exit_code) == (422, 2)
    sentence = str(caught.value)
    assert "lungs.nii" in sentence
    assert sentence.endswith(".")
    return sentence


def test_a_sound_image_passes_unchanged() -> None:
    volume = check_image(RAMP, GRID, "lungs.nii")
    assert volume.array is RAMP
    np.testing.assert_array_equal(volume.affine, GRID)


def test_a_fourth_axis_of_one_is_dropped() -> None:
    np.testing.assert_array_equal(check_image(RAMP[..., None], GRID, "x").array, RAMP)


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (RAMP[:, :, 0], "is 2-D with the shape 3 x 4: it must be 3-D"),
        (RAMP[:, :, :1], "is 2-D, its shape is 3 x 4 x 1: it needs at least 2 voxels along each axis"),
        (np.stack([RAMP, RAMP], axis=3), "is 4-D with the shape 3 x 4 x 5 x 2: it must be 3-D"),
        (np.zeros((3, 0, 5)), "is empty: its shape is 3 x 0 x 5"),
        (np.full((3, 4, 5), -1024), "is constant: every voxel is -1024"),
        (RAMP.astype(np.complex64), "holds values of type complex64"),
        (np.zeros((3, 4, 5), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")]), "no colours"),
        (RAMP > 3, "holds values of type bool"),
    ],
)
def test_an_array_that_is_no_image_is_refused(array: np.ndarray, sentence: str) -> None:
    assert sentence in refused(array)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_voxels_that_are_no_numbers_are_counted(bad: float) -> None:
    array = RAMP.copy()
    array[0, 0, :2] = bad
    assert "has 2 voxels that are NaN or infinite" in refused(array)


@pytest.mark.parametrize("spacing", [0.0, 1e-6, 1000.0])
def test_a_spacing_that_cannot_be_is_refused(spacing: float) -> None:
    sentence = refused(RAMP, np.diag([0.7, spacing, 2.5, 1.0]))
    assert f"has a voxel spacing of 0.7 x {spacing:g} x 2.5 mm: each must be from 0.001 to 100 mm" in sentence


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_affine_that_is_not_finite_is_refused(bad: float) -> None:
    affine = GRID.copy()
    affine[0, 3] = bad
    assert "values that are not finite numbers" in refused(RAMP, affine)


def test_a_sheared_grid_is_refused_and_rounding_is_not() -> None:
    affine = GRID.copy()
    affine[0, 2] = 0.5
    assert "has a sheared grid: two of its axes are 78.69 degrees apart" in refused(RAMP, affine)
    affine[0, 2] = 0.002
    assert check_image(RAMP, affine, "x").affine[0, 2] == 0.002


def test_two_equal_axes_are_refused() -> None:
    affine = GRID.copy()
    affine[:3, 1] = affine[:3, 0]
    assert "sheared" in refused(RAMP, affine)
