import math

import pytest

from ssb.raters.detection import detections
from tests.readings_made import bars, read

ONE, TWO = bars((0, 8)), bars((0, 8), (20, 24))


def test_counts_by_hand() -> None:
    images = [
        read("one", {"a": TWO, "b": TWO, "c": ONE}),
        read("two", {"a": TWO, "b": ONE}),  # c is absent: it missed nothing here
        read("three", {"c": TWO}),  # nobody else looked
    ]
    found = detections(images)
    assert {rater: (one.found, one.lesions, one.alone) for rater, one in found.items()} == {"a": (2, 2, 1), "b": (2, 3, 0), "c": (1, 2, 0)}
    assert found["c"].missed_ml == pytest.approx(4 * 0.0025)
    assert math.isnan(found["a"].missed_ml)
    # Wilson's interval of 1 in 2
    assert (found["c"].sensitivity.low, found["c"].sensitivity.high) == (pytest.approx(0.0945, abs=1e-4), pytest.approx(0.9055, abs=1e-4))
    assert not any(one.misses for one in found.values())


def test_half_of_the_others_is_not_most_of_them() -> None:
    found = detections([read("one", {"a": ONE, "b": bars(), "c": bars()})])
    assert {rater: (one.lesions, one.alone) for rater, one in found.items()} == {"a": (0, 1), "b": (0, 0), "c": (0, 0)}


def test_who_misses_every_second_lesion_is_named_and_nobody_else() -> None:
    images = [read(f"image {n}", {"a": TWO, "b": TWO, "c": ONE}) for n in range(5)]
    assert {rater: one.misses for rater, one in detections(images).items()} == {"a": False, "b": False, "c": True}
