"""Where the voxels of a cropped, turned or shifted file lie on an image's grid."""

import numpy as np
import pytest

from ssb.errors import InputError
from ssb.volumes.subgrid import TOLERANCE, SubGrid

IMAGE = np.diag([1.0, 2.0, 3.0, 1.0])
SHAPE = (5, 6, 7)


def affine(columns, origin):
    found = np.eye(4)
    found[:3, :3] = np.array(columns, dtype=float).T
    found[:3, 3] = origin
    return found


def test_a_voxel_of_a_turned_crop():
    turned = affine([(0, 0, -3), (1, 0, 0), (0, 2, 0)], (1, 4, 12))
    grid = SubGrid.of(turned, (3, 2, 2), IMAGE, SHAPE, "a")
    mask = np.zeros((3, 2, 2), dtype=bool)
    mask[2, 1, 0] = True
    assert grid.indices(mask).tolist() == [[2, 2, 2]]
    assert np.argwhere(grid.placed(mask)).tolist() == [[2, 2, 2]]


def test_the_farthest_corner_decides_about_the_tolerance():
    stretch = 1 + 0.9 * TOLERANCE / 9
    SubGrid.of(np.diag([stretch, 2, 3, 1]), (10, 2, 2), IMAGE, SHAPE, "a")
    with pytest.raises(
        InputError, match=r"a lies on another grid than the image, its voxels are 1\.002 x 2 x 3 mm and the image's 1 x 2 x 3 mm"
    ):
        SubGrid.of(np.diag([stretch, 2, 3, 1]), (20, 2, 2), IMAGE, SHAPE, "a")


@pytest.mark.parametrize(
    "columns", [[(2, 0, 0), (0, 2, 0), (0, 0, 3)], [(1, 0, 0), (1, 0, 0), (0, 0, 3)], [(np.nan, 0, 0), (0, 2, 0), (0, 0, 3)]]
)
def test_axes_that_are_not_the_images_are_refused(columns):
    with pytest.raises(InputError, match="another grid"):
        SubGrid.of(affine(columns, (0, 0, 0)), (2, 2, 2), IMAGE, SHAPE, "a")


def test_covered_voxels_outside_are_counted_and_empty_ones_do_no_harm():
    grid = SubGrid.of(affine([(1, 0, 0), (0, 2, 0), (0, 0, 3)], (-2, 0, 0)), (4, 2, 2), IMAGE, SHAPE, "a")
    mask = np.zeros((4, 2, 2), dtype=bool)
    mask[2:] = True
    assert grid.placed(mask).sum() == 8
    mask[1, 0] = True
    with pytest.raises(InputError, match=r"a has 2 voxels outside the image of shape \(5, 6, 7\), which would be lost"):
        grid.placed(mask)
