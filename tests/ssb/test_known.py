"""What a reader says about voxels, in numbers."""

from __future__ import annotations

import numpy as np
import pytest

from ssb.errors import InputError
from ssb.geometry import Region
from ssb.known import FIXED_LOGITS, POINT_LOGITS, POINT_REACH_MM, Known, correction
from ssb.plausible import Box
from ssb.presets import PRESETS
from ssb.volumes.volume import Volume

SHAPE = (40, 44, 12)
CLICK = (20, 24, 6)


def region(spacing: tuple[float, float, float] = (0.7, 0.7, 2.0)) -> Region:
    return Region(Volume(np.zeros(SHAPE, dtype=np.float32), np.diag([*spacing, 1.0])), CLICK, PRESETS["tiny"])


def made(**values: tuple[int, int, int]) -> np.ndarray:
    fixed = np.zeros(SHAPE, dtype=np.int8)
    for name, voxel in values.items():
        fixed[voxel] = {"inside": 1, "outside": -1, "wrong": 2}[name[: name.index("_")]]
    return fixed


def test_a_point_speaks_loudest_on_its_pixel_and_fades() -> None:
    told = Known(region(), inside=((23, 20, 6),)).told(6, 2.0)
    assert told is not None and told.dtype == np.float32
    # the click lies at column 32, row 32 of the window
    assert np.unravel_index(np.argmax(told), told.shape) == (28, 35)
    assert told[28, 35] == pytest.approx(2 * POINT_LOGITS)
    assert told[28, 37] == pytest.approx(2 * POINT_LOGITS * np.exp(-(1.4**2) / (2 * POINT_REACH_MM**2)))
    above = Known(region(), inside=((23, 20, 6),)).told(7, 1.0)
    assert above is not None
    assert above[28, 35] == pytest.approx(POINT_LOGITS * np.exp(-(2.0**2) / (2 * POINT_REACH_MM**2)))


def test_an_outside_point_speaks_against_and_each_pixel_hears_the_nearest() -> None:
    told = Known(region(), inside=((20, 24, 6),), outside=((22, 24, 6),)).told(6, 1.0)
    assert told is not None
    assert (told[32, 32], told[32, 34]) == (pytest.approx(POINT_LOGITS), pytest.approx(-POINT_LOGITS))
    assert told[32, 30] > 0 > told[32, 36]


def test_a_point_keeps_its_place_where_the_window_is_interpolated() -> None:
    coarse = region((1.4, 1.4, 2.0))
    assert not coarse.native
    assert coarse.place((23, 20, 6)) == (pytest.approx(32 + 3 * 2), pytest.approx(32 - 4 * 2), 6)
    told = Known(coarse, inside=((23, 20, 6),)).told(6, 1.0)
    assert told is not None and np.unravel_index(np.argmax(told), told.shape) == (24, 38)


def test_fixed_voxels_speak_for_themselves_alone_and_louder_than_points() -> None:
    known = Known(region(), inside=((21, 24, 6),), fixed=made(inside_a=(20, 24, 6), outside_a=(25, 20, 6)))
    told = known.told(6, 0.0)
    assert told is not None
    assert {tuple(at): told[tuple(at)] for at in np.argwhere(told)} == {(32, 32): FIXED_LOGITS, (28, 37): -FIXED_LOGITS}
    with_points = known.told(6, 1.0)
    assert with_points is not None and with_points[32, 32] == FIXED_LOGITS and with_points[32, 33] == pytest.approx(POINT_LOGITS)
    assert known.told(7, 0.0) is None and known.told(99, 0.0) is None
    assert np.argwhere(known.drawn(6)).tolist() == [[32, 32]]
    assert (known.drawn_beyond(5, 1), known.drawn_beyond(6, 1), known.drawn_beyond(7, -1), known.drawn_beyond(6, -1)) == (True, False) * 2


def test_an_edited_mask_counts_where_it_was_touched() -> None:
    edited, touched = np.array([[[1, 1, 0, 0]]], dtype=bool), np.array([[[1, 0, 1, 0]]], dtype=bool)
    assert correction(edited, touched).tolist() == [[[1, 0, -1, 0]]]


def test_nothing_said_is_nothing_told() -> None:
    known = Known(region())
    assert known.told(6, 1.0) is None and not known.drawn(6).any() and not known.has_points


def test_fixed_voxels_come_out_as_they_are_and_the_box_holds_them() -> None:
    known = Known(region(), fixed=made(inside_a=(30, 24, 9), outside_a=(20, 24, 6), outside_b=(0, 0, 0)))
    masks, box = known.fix(np.ones((2, 3, 3, 1), dtype=bool), Box((19, 23, 6), (22, 26, 7)))
    assert box == Box((19, 23, 6), (31, 26, 10))
    whole = np.zeros((2, *SHAPE), dtype=bool)
    whole[(slice(None), *box.slices)] = masks
    assert whole[:, 30, 24, 9].all() and not whole[:, 20, 24, 6].any()
    assert whole.sum() == 2 * (9 - 1 + 1)


def test_masks_agree_with_the_points_or_not() -> None:
    masks = np.zeros((4, 3, 1, 1), dtype=bool)
    masks[0, 0] = masks[1, :] = masks[2, 2] = True
    box = Box((20, 24, 6), (23, 25, 7))
    inside, outside = Known(region(), ((20, 24, 6),)), Known(region(), (), ((21, 24, 6),))
    assert inside.agrees(masks, box).tolist() == [True, True, False, False]
    assert outside.agrees(masks, box).tolist() == [True, False, True, True]
    both = Known(region(), ((20, 24, 6), (20, 24, 8)), ((21, 24, 6), (5, 5, 5)))
    assert not both.agrees(masks, box).any()


def test_a_correction_must_fit_the_image_and_the_points() -> None:
    with pytest.raises(InputError, match=r"The correction must hold 1, 0 and -1 on the image's grid of \(40, 44, 12\) voxels\."):
        Known(region(), fixed=np.zeros((4, 4, 4), dtype=np.int8))
    with pytest.raises(InputError, match="The correction must hold 1, 0 and -1"):
        Known(region(), fixed=made(wrong_a=(1, 1, 1)))
    with pytest.raises(
        InputError, match=r"The point \(1, 2, 3\) is asked inside of the lesion, but the correction says the opposite there\."
    ):
        Known(region(), inside=((1, 2, 3),), fixed=made(outside_a=(1, 2, 3)))
    with pytest.raises(InputError, match="is asked outside of the lesion"):
        Known(region(), outside=((1, 2, 3),), fixed=made(inside_a=(1, 2, 3)))
