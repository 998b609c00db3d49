import numpy as np
import pytest

from ssb.raters.facts import left_out, raters_of
from tests.readings_made import ball, bars, read


def test_two_raters_of_whom_one_misses_a_lesion() -> None:
    facts = read("one", {"a": bars((0, 4), (20, 24)), "b": bars((2, 6))})
    assert facts.raters == ("a", "b")
    assert facts.dice[0, 1] == pytest.approx(2 * 2 / 12)
    assert facts.iou[0, 1] == pytest.approx(2 / 10)
    first, second = facts.lesions
    np.testing.assert_array_equal([first.marked, second.marked], [[True, True], [True, False]])
    np.testing.assert_allclose([first.volume_ml, second.volume_ml], [[0.01, 0.01], [0.01, 0]])
    # four pixels of 1 mm in a row: corner to corner
    np.testing.assert_allclose([first.diameter_mm, second.diameter_mm], [[17**0.5, 17**0.5], [17**0.5, 0]])
    assert (first.dice[0, 1], first.iou[0, 1]) == (pytest.approx(2 * 2 / 8), pytest.approx(2 / 6))
    assert (second.dice[0, 1], second.iou[0, 1]) == (0, 0)
    assert (first.majority_ml, second.majority_ml) == (pytest.approx(2 * 0.0025), 0)
    assert second.centre == (22, 0, 5)


def test_nobody_saw_a_lesion() -> None:
    facts = read("none", {"a": bars(), "b": bars()})
    assert facts.lesions == ()
    assert (facts.dice[0, 1], facts.iou[0, 1]) == (1, 1)


def test_a_set_says_the_same_without_one_of_three_who_agree() -> None:
    np.testing.assert_allclose(left_out(np.stack([ball(4)] * 3)), 0, atol=1e-12)


def test_who_draws_unlike_the_others_is_missed_most() -> None:
    found = left_out(np.stack([ball(4), ball(4.2), ball(4.1, (13, 12, 6)), ball(8)]))
    assert np.argmax(found) == 3
    assert found[3] > 2 * found[:3].max()


def test_two_raters_leave_no_set_behind() -> None:
    assert np.isnan(left_out(np.stack([ball(4), ball(5)]))).all()


def test_raters_are_named_once_and_sorted() -> None:
    assert raters_of([read("x", {"c": bars(), "a": bars()}), read("y", {"b": bars(), "a": bars()})]) == ("a", "b", "c")
