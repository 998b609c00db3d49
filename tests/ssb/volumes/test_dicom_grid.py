from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from ssb.errors import InputError
from ssb.volumes.dicom_grid import check_even, order_slices
from ssb.volumes.dicom_slices import Slice

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def stack(heights: list[float], orientation: tuple[float, ...] = AXIAL, drift: float = 0.0) -> list[Slice]:
    """Slices at heights along their normal, each `drift` mm further along the rows for every mm of height."""
    along_i, along_j = np.reshape(orientation, (2, 3))
    normal = np.cross(along_i, along_j)
    places = [tuple(float(v) for v in np.array([-5.0, 7.0, 0.0]) + h * (normal + drift * along_i)) for h in heights]
    return [Slice(Path(f"{n}.dcm"), 0, (512, 500), p, orientation, (0.7, 0.8), 1.0, -1024.0, 16) for n, p in enumerate(places)]


def refused(slices: list[Slice]) -> str:
    with pytest.raises(InputError) as caught:
        order_slices(slices, "chest")
    assert caught.value.status == 422
    assert "The DICOM series chest" in str(caught.value)
    return str(caught.value)


def test_slices_are_ordered_along_the_normal_whatever_the_files_are_called() -> None:
    ordered, affine = order_slices(stack([5.0, -2.5, 2.5, 0.0]), "chest")
    assert [s.path.name for s in ordered] == ["1.dcm", "3.dcm", "2.dcm", "0.dcm"]
    np.testing.assert_allclose(affine, [[0.7, 0, 0, -5], [0, 0.8, 0, 7], [0, 0, 2.5, -2.5], [0, 0, 0, 1]], atol=1e-12)


def test_any_orientation_gives_a_right_handed_grid() -> None:
    turn = Rotation.from_euler("xyz", [100, 40, -70], degrees=True).as_matrix()
    orientation = tuple(float(v) for v in np.concatenate([turn[:, 0], turn[:, 1]]))
    _, affine = order_slices(stack([0.0, 1.5, 3.0], orientation), "chest")
    np.testing.assert_allclose(affine[:3, :3], turn @ np.diag([0.7, 0.8, 1.5]), atol=1e-12)


def test_one_slice_is_2d() -> None:
    assert "is 2-D, it has 1 slice: it needs at least 2 slices" in refused(stack([0.0]))


def test_two_slices_at_one_place_are_refused() -> None:
    assert "has two slices at the same position, 2.5 mm" in refused(stack([0.0, 2.5, 2.5, 5.0]))


@pytest.mark.parametrize(
    ("heights", "sentence"),
    [
        ([0.0, 2.5, 7.5, 10.0], "has 1 missing slice: the first gap is between 2.5 and 7.5 mm, where slices are 2.5 mm apart"),
        ([0.0, 2.5, 7.5, 10.0, 20.0], "has 4 missing slices: the first gap is between 2.5 and 7.5 mm"),
        ([0.0, 5.0, 10.0, 12.5], "has 2 missing slices: the first gap is between 0 and 5 mm"),
        ([0.0, 1.0, 3.02], "has 1 missing slice"),
    ],
)
def test_missing_slices_are_counted(heights: list[float], sentence: str) -> None:
    assert sentence in refused(stack(heights))


@pytest.mark.parametrize("heights", [[0.0, 2.5, 5.2, 7.5], [0.0, 1.0, 2.5], [0.0, 2.5, 5.08]])
def test_uneven_spacing_is_refused_with_its_gaps(heights: list[float]) -> None:
    gaps = np.diff(heights)
    assert f"is unevenly spaced: its gaps go from {gaps.min():g} to {gaps.max():g} mm, they may differ" in refused(stack(heights))


def test_rounded_positions_are_even_enough() -> None:
    check_even(np.array([0.0, 2.5, 5.02, 7.5]), "chest")
    check_even(np.round(np.arange(50) * 0.625, 2), "chest")


def test_a_tilted_gantry_is_refused_and_rounding_is_not() -> None:
    assert "is sheared (gantry tilt): its slices are stacked 15.00 degrees off their normal" in refused(
        stack([0.0, 2.5, 5.0], drift=float(np.tan(np.radians(15))))
    )
    _, affine = order_slices(stack([0.0, 2.5, 5.0], drift=0.0005), "chest")
    assert affine[0, 2] == pytest.approx(0.0005 * 2.5)


def test_a_slice_shifted_within_its_plane_is_refused() -> None:
    slices = stack([0.0, 2.5, 5.0, 7.5])
    slices[1] = replace(slices[1], position=(-8.0, 7.0, 2.5))
    assert "has slices shifted against each other by up to 3 mm" in refused(slices)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"size": (256, 256)}, "has slices of different sizes: (512, 500) and (256, 256)"),
        ({"spacing": (0.7, 0.9)}, "has slices of different pixel spacings: (0.7, 0.8) and (0.7, 0.9)"),
        (
            {"orientation": (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)},
            "has slices of different orientations: (1, 0, 0, 0, 1, 0) and (0, 1, 0, 0, 0, -1)",
        ),
    ],
)
def test_slices_that_do_not_belong_together_are_refused(change: dict[str, tuple[float, ...]], sentence: str) -> None:
    slices = stack([0.0, 2.5, 5.0])
    slices[2] = replace(slices[2], **change)
    assert sentence in refused(slices)
