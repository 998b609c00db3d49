"""Which of several segments is the rater's, and labelmaps in which overlapping masks overwrote one another."""

import numpy as np
import pytest

from ssb.annotations.meant import check_flattened, is_ours, meant_segments, merged
from ssb.errors import InputError

OURS = ["consensus", "interpretation 1 (44 %)", "no lesion (6 %)", "sample 1", "sample 12"]


@pytest.mark.parametrize("name", [*OURS, "Majority", "possible", "levels", "sample"])
def test_names_that_our_answers_give(name):
    assert is_ours(name)


@pytest.mark.parametrize("name", ["nodule", "consensus of the board", "my sample 1", "Segment_1", ""])
def test_names_that_a_rater_gives(name):
    assert not is_ours(name)


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        ([], []),
        (["nodule"], [0]),
        (["consensus"], [0]),
        (["sample 3"], [0]),
        (["upper nodule", "lower nodule"], [0, 1]),
        ([*OURS, "nodule"], [5]),
        (["foreground_scribbles", "consensus", "background_scribbles"], [1]),
        (["foreground_scribbles", "nodule"], [1]),
    ],
)
def test_which_segments_are_meant(names, meant):
    assert meant_segments(names, "a.seg.nrrd") == meant


@pytest.mark.parametrize("names", [OURS, ["consensus", "sample 1"], ["possible", "majority"], ["consensus", "nodule", "other nodule"]])
def test_a_choice_left_open_is_refused(names):
    with pytest.raises(InputError, match="keep only the one segment"):
        meant_segments(names, "a.seg.nrrd")


def row(*stretches):
    """A (12, 1, 1) labelmap from (start, stop, value)."""
    values = np.zeros((12, 1, 1), dtype=np.uint8)
    for start, stop, value in stretches:
        values[start:stop] = value
    return values


def test_a_labelmap_of_several_of_our_segments_is_refused_even_where_one_value_is_left():
    with pytest.raises(InputError, match=r"made of 4 segments, 4 of them plausible masks.*voxels are lost"):
        check_flattened(row((2, 6, 5)), OURS, "a.nrrd")
    with pytest.raises(InputError, match="made of 2 segments, 1 of them"):
        check_flattened(row((2, 6, 1), (8, 9, 2)), ["consensus", "nodule"], "a.nrrd")


LABELS = ["possible", "majority", "unanimous", "consensus", "interpretation", "sample"]
"""Segments that 3D Slicer's module makes empty when it opens an image."""


def test_the_modules_empty_segments_do_not_count():
    check_flattened(row((2, 6, 4)), LABELS, "a.nrrd")
    check_flattened(row((2, 6, 7)), [*LABELS, "nodule"], "a.nrrd")
    check_flattened(row(), LABELS, "a.nrrd")
    filled = [(name, stretch(2, 6) if name == "consensus" else stretch(0, 0)) for name in LABELS]
    assert merged(filled, (12, 1, 1), "a.seg.nrrd").sum() == 4
    assert not merged([(name, stretch(0, 0)) for name in LABELS], (12, 1, 1), "a.seg.nrrd").any()


def test_beside_the_modules_empty_segments_several_masks_are_still_refused():
    with pytest.raises(InputError, match=r"made of 2 segments, 2 of them plausible masks of the model such as 'consensus'"):
        check_flattened(row((2, 6, 4), (6, 7, 6)), LABELS, "a.nrrd")
    with pytest.raises(InputError, match="made of 2 segments"):
        check_flattened(row((2, 6, 7)), [*LABELS, "sample 1", "sample 2"], "a.nrrd")
    with pytest.raises(InputError, match="made of 6 segments"):
        check_flattened(row((2, 6, 9)), LABELS, "a.nrrd")
    with pytest.raises(InputError, match="keep only the one segment"):
        merged([("consensus", stretch(2, 6)), ("sample 1", stretch(0, 0))], (12, 1, 1), "a.seg.nrrd")


def test_a_labelmap_of_the_raters_own_segments_or_of_one_segment_passes():
    check_flattened(row((2, 6, 1), (6, 9, 2)), ["nodule", "calcification"], "a.nrrd")
    check_flattened(row((2, 6, 1)), ["foreground_scribbles", "consensus"], "a.nrrd")


def test_without_names_values_that_touch_are_refused_and_separate_ones_pass():
    check_flattened(row((2, 6, 1), (7, 9, 2)), [], "a.nrrd")
    check_flattened(row((2, 6, 4)), [], "a.nrrd")
    with pytest.raises(InputError, match="holds 2 values side by side"):
        check_flattened(row((2, 6, 1), (6, 9, 2)), [], "a.nrrd")


def stretch(start, stop):
    return np.array([[i, 0, 0] for i in range(start, stop)], dtype=int).reshape(-1, 3)


def test_our_segments_side_by_side_without_overlap_lost_voxels():
    shape = (12, 1, 1)
    flat = [("sample 1", stretch(2, 4)), ("sample 2", stretch(4, 8)), ("nodule", stretch(3, 7))]
    with pytest.raises(InputError, match="overwrote one another"):
        merged(flat, shape, "a.seg.nrrd")
    layered = [("sample 1", stretch(2, 5)), *flat[1:]]
    assert merged(layered, shape, "a.seg.nrrd").sum() == 4


def test_the_raters_segments_are_joined_and_none_is_an_empty_mask():
    assert merged([("upper", stretch(1, 3)), ("lower", stretch(2, 5))], (12, 1, 1), "a.seg.nrrd").sum() == 4
    empty = merged([], (12, 1, 1), "a.seg.nrrd")
    assert empty.shape == (12, 1, 1)
    assert not empty.any()
