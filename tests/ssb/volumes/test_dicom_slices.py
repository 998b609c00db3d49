from collections.abc import Callable
from pathlib import Path

import pytest

from ssb.errors import InputError
from ssb.volumes import read_volume


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_volume(path.parent)
    assert caught.value.status == 422
    assert path.name in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("spacing", "shown"), [([0, 0.7], "0.7 x 0"), ([0.7, -0.7], "-0.7 x 0.7"), ([900, 0.7], "0.7 x 900")])
def test_a_pixel_spacing_that_cannot_be_is_refused(edit: Callable[..., Path], spacing: list[float], shown: str) -> None:
    assert f"has a voxel spacing of {shown} mm" in refused(edit(3, PixelSpacing=spacing))


@pytest.mark.parametrize(("slope", "shown"), [(0, "0"), (-1, "-1"), (1e7, "1e+07")])
def test_a_slope_that_cannot_be_is_refused(edit: Callable[..., Path], slope: float, shown: str) -> None:
    assert f"has the rescale slope {shown}: it must be above 0 and at most 1e+06" in refused(edit(3, RescaleSlope=slope))


def test_an_intercept_that_cannot_be_is_refused(edit: Callable[..., Path]) -> None:
    assert "has the rescale intercept -1e+09" in refused(edit(3, RescaleIntercept=-1e9))


@pytest.mark.parametrize(
    ("keyword", "value", "count"),
    [
        ("PixelSpacing", None, "2 finite numbers"),
        ("PixelSpacing", [0.7], "2 finite numbers"),
        ("PixelSpacing", ["nan", "0.7"], "2 finite numbers"),
        ("ImagePositionPatient", None, "3 finite numbers"),
        ("ImagePositionPatient", [0, 0], "3 finite numbers"),
        ("ImagePositionPatient", ["inf", 0, 0], "3 finite numbers"),
        ("ImageOrientationPatient", None, "6 finite numbers"),
        ("RescaleSlope", "nan", "1 finite number"),
        ("RescaleIntercept", "", "1 finite number"),
        ("RescaleIntercept", None, "1 finite number"),
        ("Rows", None, "1 finite number"),
        ("BitsStored", None, "1 finite number"),
        ("SamplesPerPixel", None, "1 finite number"),
    ],
)
def test_an_element_that_is_missing_or_no_number_is_named(edit: Callable[..., Path], keyword: str, value: object, count: str) -> None:
    assert f"is broken: its {keyword} is missing or is not {count}." in refused(edit(2, **{keyword: value}))


def test_no_rescale_at_all_leaves_the_stored_values(edit: Callable[..., Path], series: Path, axial_stored: object) -> None:
    for number in range(1, 7):
        edit(number, RescaleSlope=None, RescaleIntercept=None)
    assert (read_volume(series).array == axial_stored).all()


@pytest.mark.parametrize("orientation", [[1, 0, 0, 1, 0, 0], [2, 0, 0, 0, 1, 0], [0, 0, 0, 0, 1, 0], [1, 0, 0, 0.1, 1, 0]])
def test_an_orientation_that_is_none_is_refused(edit: Callable[..., Path], orientation: list[float]) -> None:
    assert "is not two unit directions at right angles" in refused(edit(2, ImageOrientationPatient=orientation))


def test_colours_are_refused(edit: Callable[..., Path]) -> None:
    assert "is a colour image: it must hold one value a pixel" in refused(edit(2, SamplesPerPixel=3))


def test_bits_in_an_unusual_place_are_refused(edit: Callable[..., Path]) -> None:
    assert "stores 12 bits with the highest bit 15: it must be bit 11" in refused(edit(2, BitsStored=12))
