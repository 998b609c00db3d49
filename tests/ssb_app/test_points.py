"""Points of a request."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from ssb.errors import InputError
from ssb.point_text import read_point
from ssb.volumes import Volume
from ssb_app.points import Points, read_points

VOLUME = Volume(np.zeros((10, 20, 30), np.int16), np.eye(4))


def test_the_first_foreground_point_is_the_click_and_the_others_are_inside() -> None:
    points = read_points({"foreground": [[1, 2, 3], [4, 5, 6]], "background": [[7, 8, 9]]}, VOLUME)
    assert points == Points(((1, 2, 3), (4, 5, 6)), ((7, 8, 9),))
    assert points.inside == ((4, 5, 6),)


def test_a_single_point_comes_before_the_foreground_points() -> None:
    assert read_points({"point": "1, 2,3", "foreground": [[4, 5, 6]]}, VOLUME).foreground == ((1, 2, 3), (4, 5, 6))
    assert read_points({"point": [1.4, 2.5, 2.6]}, VOLUME).foreground == ((1, 3, 3),)


@pytest.mark.parametrize("request_", [{}, {"point": "", "foreground": [], "background": None}, {"point": None, "foreground": None}])
def test_no_point_is_no_click(request_: dict[str, Any]) -> None:
    assert read_points(request_, VOLUME) == Points()


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({"point": "1,2"}, "The point holds '1,2', but a point is three numbers such as [231, 180, 42]."),
        ({"point": True}, "The point holds True, but a point is three numbers such as [231, 180, 42]."),
        ({"foreground": [[1, 2, None]]}, "The foreground holds [1, 2, None], but a point is three numbers such as [231, 180, 42]."),
        ({"foreground": {"x": 1}}, "The foreground is {'x': 1}, but it must be a list of voxels such as [[231, 180, 42]]."),
        ({"background": [[0, 20, 0]]}, "The point (0, 20, 0) lies outside the image, whose voxels are i 0 to 9, j 0 to 19, k 0 to 29."),
        ({"foreground": [[math.nan, 0, 0]]}, "The point (nan, 0, 0) is not a voxel: give three finite numbers i, j, k."),
        (
            {"foreground": [[0, 0, 0], [1, 1, 1]], "background": [[1, 1, 1]]},
            "The voxel (1, 1, 1) is asked both inside and outside of the lesion: give it once.",
        ),
    ],
)
def test_bad_points_are_named(request_: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        read_points(request_, VOLUME)
    assert str(caught.value) == sentence


def test_a_long_wrong_value_is_shortened() -> None:
    with pytest.raises(InputError, match=r"holds 'xxx.*\.\.\., but"):
        read_point("x" * 500, "point")
