"""Where a reader would click on a drawn lesion."""

from __future__ import annotations

import numpy as np

from ssb.raters.middle import middle_of


def test_the_middle_of_the_largest_slice() -> None:
    mask = np.zeros((12, 9, 6), bool)
    mask[2:9, 3:6, 4] = True
    mask[0:2, 0:2, 0:3] = True
    assert middle_of(mask) == (5, 4, 4)


def test_of_several_largest_slices_the_middle_one() -> None:
    mask = np.zeros((5, 5, 9), bool)
    mask[1:4, 1:4, 2:7] = True
    assert middle_of(mask) == (2, 2, 4)


def test_a_hollow_lesion_is_met() -> None:
    mask = np.zeros((9, 9, 1), bool)
    mask[1:8, 1:8] = True
    mask[3:6, 3:6] = False
    assert mask[middle_of(mask)]
