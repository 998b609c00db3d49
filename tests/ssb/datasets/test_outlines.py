import numpy as np
import pytest

from ssb.datasets.outlines import Contour, rasterise
from ssb.errors import InputError
from ssb.volumes import Volume

AFFINE = np.array([[0.7, 0, 0, -50], [0, 0.7, 0, -60], [0, 0, 2.5, -100], [0, 0, 0, 1.0]])
VOLUME = Volume(np.zeros((20, 16, 4), dtype=np.int16), AFFINE, "scan")


def square(low: int, high: int, height: float = -97.5, inclusion: bool = True, i: int = 0) -> Contour:
    """The outline over the corner pixels (low + i, low) and (high + i, high)."""
    return Contour(((low + i, low), (high + i, low), (high + i, high), (low + i, high), (low + i, low)), height, inclusion)


def dense(contour: Contour) -> Contour:
    """The same square with a point on every pixel, as LIDC has it."""
    (left, top), _, (right, bottom), *_ = contour.points
    ring = [(i, j) for i in range(left, right + 1) for j in range(top, bottom + 1) if i in (left, right) or j in (top, bottom)]
    middle = (left + right) / 2, (top + bottom) / 2
    ring.sort(key=lambda p: np.arctan2(p[1] - middle[1], p[0] - middle[0]))
    return Contour(tuple(ring), contour.height, contour.inclusion)


def test_the_outline_itself_is_not_part_of_the_lesion() -> None:
    nodule = rasterise([dense(square(3, 8, i=4))], VOLUME, "n")
    expected = np.zeros(VOLUME.shape, dtype=bool)
    expected[8:12, 4:8, 1] = True
    np.testing.assert_array_equal(nodule.on_grid(), expected)
    assert (nodule.box.start, nodule.box.stop, nodule.name) == ((7, 3, 1), (13, 9, 2), "n")


def test_a_hole_goes_with_its_outline_whatever_the_order() -> None:
    contours = [dense(square(6, 8, inclusion=False)), dense(square(2, 12))]
    mask = rasterise(contours, VOLUME, "n").on_grid()
    assert mask.sum() == 9 * 9 - 3 * 3
    assert not mask[6:9, 6:9].any()
    assert mask[3:12, 3, 1].all() and mask[5, 7, 1]


def test_two_outlines_on_one_slice_are_joined_and_slices_are_kept_apart() -> None:
    contours = [dense(square(1, 4)), dense(square(8, 12)), dense(square(1, 5, height=-92.5))]
    mask = rasterise(contours, VOLUME, "n").on_grid()
    assert mask.sum(axis=(0, 1)).tolist() == [0, 2 * 2 + 3 * 3, 0, 3 * 3]


def test_a_single_point_covers_nothing() -> None:
    mask = rasterise([dense(square(1, 4)), Contour(((9, 9),), -95.0, True)], VOLUME, "n").on_grid()
    assert mask.sum(axis=(0, 1)).tolist() == [0, 4, 0, 0]


@pytest.mark.parametrize("contour", [square(3, 16), square(-1, 4), square(3, 15, i=5)])
def test_an_outline_outside_is_refused(contour: Contour) -> None:
    with pytest.raises(InputError, match="The outline of n lies outside the image, whose slices are 20 x 16"):
        rasterise([contour], VOLUME, "n")


@pytest.mark.parametrize("height", [-102.5, -90.0, -96.0])
def test_an_outline_on_no_slice_is_refused(height: float) -> None:
    with pytest.raises(InputError, match=f"The outline of n at z = {height:g} mm lies on no slice of the image scan"):
        rasterise([square(3, 8, height=height)], VOLUME, "n")


@pytest.mark.parametrize("columns", [[1, 0, 2], [0, 2, 1]])
def test_another_orientation_is_refused(columns: list[int]) -> None:
    affine = AFFINE[:, [*columns, 3]]
    with pytest.raises(InputError, match="The image scan is not the axial scan the outlines were drawn on"):
        rasterise([square(3, 8)], Volume(VOLUME.array, affine, "scan"), "n")


def test_a_scan_from_head_to_foot_is_refused() -> None:
    affine = AFFINE.copy()
    affine[2, 2] = -2.5
    with pytest.raises(InputError, match="i, j, k must run along x, y, z"):
        rasterise([square(3, 8)], Volume(VOLUME.array, affine, "scan"), "n")
