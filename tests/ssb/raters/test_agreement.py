import numpy as np
import pytest

from ssb.raters.agreement import agreements
from tests.readings_made import bars, read


def test_missed_lesions_count_as_0_and_stand_apart_from_those_that_both_drew() -> None:
    images = [
        read("one", {"a": bars((0, 4), (20, 24)), "b": bars((2, 6))}),
        read("two", {"a": bars((0, 4)), "b": bars((0, 4)), "c": bars()}),
    ]
    found = {pair.raters: pair for pair in agreements(images)}
    assert list(found) == [("a", "b"), ("a", "c"), ("b", "c")]
    pair = found["a", "b"]
    assert (pair.images, pair.lesions, pair.both) == (2, 3, 2)
    assert pair.dice.value == pytest.approx((0.5 + 0 + 1) / 3)
    assert pair.iou.value == pytest.approx((1 / 3 + 0 + 1) / 3)
    assert pair.dice_both.value == pytest.approx(0.75)
    assert pair.iou_both.value == pytest.approx(2 / 3)
    assert (pair.dice.low, pair.dice.high) == (pytest.approx(0.25), pytest.approx(1))
    missed = found["a", "c"]
    assert (missed.images, missed.lesions, missed.both, missed.dice.value) == (1, 1, 0, 0)
    assert np.isnan([missed.dice.low, missed.dice_both.value]).all()


def test_who_never_saw_the_same_image_makes_no_pair() -> None:
    assert agreements([read("one", {"a": bars((0, 4))}), read("two", {"b": bars((0, 4))})]) == []


def test_two_who_saw_no_lesion_agree_on_no_lesion() -> None:
    (pair,) = agreements([read("one", {"a": bars(), "b": bars()})])
    assert (pair.images, pair.lesions, pair.both) == (1, 0, 0)
    assert np.isnan(pair.dice.value)
