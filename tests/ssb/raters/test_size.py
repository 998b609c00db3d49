import math

import numpy as np
import pytest

from ssb.raters.size import sizes
from tests.readings_made import balls, bars, read


def verdicts(count: int, excess: dict[str, float], seed: int = 0) -> dict[str, str | None]:
    return {rater: size.verdict for rater, size in sizes(balls(count, excess, seed)).items()}


@pytest.mark.parametrize("seed", range(3))
def test_who_draws_two_pixels_larger_is_named_and_nobody_else(seed: int) -> None:
    assert verdicts(8, {"a": 0, "b": 2, "c": 0}, seed) == {"a": None, "b": "larger", "c": None}
    assert verdicts(8, {"a": 0, "b": 0, "c": -1.5, "d": 0}, seed) == {"a": None, "b": None, "c": "smaller", "d": None}


def test_of_two_raters_a_difference_belongs_to_both() -> None:
    assert verdicts(8, {"a": 2, "b": 0}) == {"a": "larger", "b": "smaller"}


def test_unbiased_raters_are_seldom_named() -> None:
    named = sum(any(verdicts(6, {"a": 0, "b": 0, "c": 0}, seed).values()) for seed in range(20))
    assert named <= 2


def test_ratios_by_hand() -> None:
    images = [
        read("one", {"a": bars((0, 8)), "b": bars((0, 4)), "c": bars((0, 8))}),
        read("two", {"a": bars((0, 8), (20, 24)), "b": bars((0, 4), (20, 22)), "c": bars()}),
    ]
    found = sizes(images)
    assert {rater: size.lesions for rater, size in found.items()} == {"a": 3, "b": 3, "c": 1}
    assert found["a"].against["b"].value == pytest.approx(2)
    assert (found["a"].against["b"].low, found["a"].against["b"].high) == (pytest.approx(2), pytest.approx(2))
    assert found["a"].against["c"].value == pytest.approx(1)
    assert math.isnan(found["a"].against["c"].low)
    # the middle one of b (half as large) and c (as large, one image only)
    assert found["a"].ratio.value == pytest.approx(math.sqrt(2))
    assert {rater: size.verdict for rater, size in found.items()} == {"a": None, "b": None, "c": None}


def test_lesions_of_one_image_count_as_one() -> None:
    (one,) = (sizes([read("one", {"a": bars((0, 8), (20, 28)), "b": bars((0, 4), (20, 22))})])["a"],)
    assert one.ratio.value == pytest.approx(math.sqrt(8))
    assert np.isnan([one.ratio.low, one.ratio.high]).all() and one.verdict is None


def test_who_marks_nothing_has_no_size() -> None:
    found = sizes([read("one", {"a": bars((0, 8)), "b": bars()})])["b"]
    assert math.isnan(found.ratio.value) and found.lesions == 0 and found.verdict is None
