import numpy as np
import pytest

from ssb.errors import InputError
from ssb.volumes import Volume


def test_spacing_is_the_length_of_the_columns(oblique: Volume) -> None:
    assert oblique.spacing == pytest.approx((0.7031, 0.8123, 2.7), abs=1e-12)


def test_millimetres_find_the_voxel_they_lie_in(oblique: Volume) -> None:
    centre = oblique.affine @ [16, 3, 4, 1]
    assert oblique.to_index(tuple(centre[:3])) == (16, 3, 4)
    near_its_edge = oblique.affine @ [15.51, 2.51, 4.49, 1]
    assert oblique.to_index(tuple(near_its_edge[:3])) == (16, 3, 4)


@pytest.mark.parametrize("point", [(9, 0, 0), (-1, 0, 0), (0, 8, 0), (0, 0, 6), (-0.51, 0, 0), (0, 0, 5.5)])
def test_a_voxel_outside_is_refused_with_the_limits(axial: Volume, point: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match=r"lies outside the image, whose voxels are i 0 to 8, j 0 to 7, k 0 to 5\.$") as caught:
        axial.check_index(point)
    assert str(tuple(point)) in str(caught.value)
    assert (caught.value.status, caught.value.exit_code) == (422, 2)


@pytest.mark.parametrize("point", [(1.0, 2.0), (1.0, np.nan, 2.0), (np.inf, 0.0, 0.0), (1.0, 2.0, 3.0, 4.0), ()])
def test_what_is_no_voxel_is_refused(axial: Volume, point: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="is not a voxel: give three finite numbers"):
        axial.check_index(point)


def test_millimetres_outside_are_shown_as_they_came(axial: Volume) -> None:
    with pytest.raises(InputError, match=r"The point \(100, 4, -10\) mm lies outside the image"):
        axial.to_index((100.0, 4.0, -10.0))


def test_millimetres_that_are_no_numbers_are_refused(axial: Volume) -> None:
    with pytest.raises(InputError, match="is not a voxel"):
        axial.to_index((np.nan, 4.0, -10.0))
