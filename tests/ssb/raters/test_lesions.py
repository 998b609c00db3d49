import numpy as np

from ssb.raters.lesions import match_lesions
from tests.readings_made import SHAPE, bars


def drawn(*masks: np.ndarray) -> list[list[list[int]]]:
    """For each lesion and rater the marked voxels' i."""
    found = []
    for lesion in match_lesions(np.stack(masks)):
        whole = np.zeros((len(masks), *SHAPE), dtype=bool)
        whole[(slice(None), *lesion.box.slices)] = lesion.masks
        found.append([sorted(int(i) for i in np.argwhere(mask)[:, 0]) for mask in whole])
    return found


def span(start: int, stop: int) -> list[int]:
    return list(range(start, stop))


def test_two_raters_of_whom_one_misses_a_lesion() -> None:
    assert drawn(bars((0, 4), (20, 24)), bars((2, 6))) == [[span(0, 4), span(2, 6)], [span(20, 24), []]]


def test_parts_that_touch_are_one_lesion_also_across_slices() -> None:
    low, high = bars((0, 4)), np.roll(bars((4, 8)), 1, axis=2)
    assert drawn(low, high) == [[span(0, 4), span(4, 8)]]


def test_lesions_that_touch_stay_two_where_raters_drew_both() -> None:
    first = bars((0, 10), (12, 20))
    second = bars((0, 8), (9, 20))
    assert drawn(first, second) == [[span(0, 10), span(0, 8)], [span(12, 20), span(9, 20)]]


def test_a_lesion_that_one_rater_drew_in_pieces_is_one() -> None:
    assert drawn(bars((0, 12)), bars((1, 5), (7, 11))) == [[span(0, 12), span(1, 5) + span(7, 11)]]


def test_a_part_that_is_covered_by_half_or_less_is_a_lesion_of_its_own() -> None:
    assert drawn(bars((0, 12)), bars((1, 5), (10, 14))) == [[span(0, 12), span(1, 5)], [[], span(10, 14)]]
    assert drawn(bars((0, 13)), bars((1, 5), (10, 14))) == [[span(0, 13), span(1, 5) + span(10, 14)]]


def test_one_that_covers_what_others_drew_as_two_makes_them_one() -> None:
    two = bars((0, 5), (7, 12))
    assert drawn(two, two, bars((0, 12))) == [[span(0, 5) + span(7, 12)] * 2 + [span(0, 12)]]


def test_box_and_centre_are_those_of_the_image() -> None:
    (whole,) = match_lesions(np.stack([bars((4, 10)), bars((9, 20, 1))]))
    assert (whole.box.start, whole.box.stop, whole.centre) == ((4, 0, 5), (20, 2, 6), (12, 1, 5))
    two = match_lesions(np.stack([bars((2, 10), (12, 20)), bars((3, 8), (9, 20))]))
    assert [(lesion.box.start, lesion.box.stop, lesion.centre) for lesion in two] == [
        ((2, 0, 5), (10, 1, 6), (6, 0, 5)),
        ((9, 0, 5), (20, 1, 6), (14, 0, 5)),
    ]


def test_nobody_marked_anything() -> None:
    assert match_lesions(np.zeros((3, *SHAPE), dtype=bool)) == []
