"""Masks in boxes of one grid."""

from __future__ import annotations

import numpy as np

from ssb.boxes import tight, union
from ssb.plausible import Box


def test_parts_are_joined_where_they_lie() -> None:
    one, two = np.ones((1, 2, 1, 1), dtype=bool), np.ones((2, 1, 1, 3), dtype=bool)
    masks, box = union([(one, Box((4, 5, 6), (6, 6, 7))), (two, Box((3, 7, 6), (4, 8, 9)))])
    assert box == Box((3, 5, 6), (6, 8, 9))
    expected = np.zeros((3, 3, 3, 3), dtype=bool)
    expected[0, 1:3, 0, 0] = True
    expected[1:, 0, 2, :] = True
    np.testing.assert_array_equal(masks, expected)


def test_the_tight_box_holds_all_masks_and_the_point() -> None:
    masks = np.zeros((2, 5, 5, 5), dtype=bool)
    masks[0, 2, 3, 1], masks[1, 3, 3, 1] = True, True
    found, box = tight(masks, Box((10, 20, 30), (15, 25, 35)), (12, 23, 33))
    assert box == Box((12, 23, 31), (14, 24, 34))
    np.testing.assert_array_equal(found, masks[:, 2:4, 3:4, 1:4])


def test_the_tight_box_of_empty_masks_is_the_point() -> None:
    found, box = tight(np.zeros((3, 4, 4, 4), dtype=bool), Box((0, 0, 0), (4, 4, 4)), (1, 2, 3))
    assert box == Box((1, 2, 3), (2, 3, 4))
    assert found.shape == (3, 1, 1, 1) and not found.any()
