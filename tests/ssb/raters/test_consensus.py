import numpy as np
import pytest

from ssb.raters.consensus import majority, staple
from tests.readings_made import SHAPE, ball, bars

NOTHING = np.zeros(SHAPE, dtype=bool)


def test_majority_is_more_than_half_of_those_who_looked() -> None:
    votes = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0]], dtype=bool)
    np.testing.assert_array_equal(majority(votes), [1, 1, 0, 0])
    np.testing.assert_array_equal(majority(votes[:2]), [1, 1, 0, 0])
    np.testing.assert_array_equal(majority(votes[[0, 2]]), [1, 0, 0, 0])


def test_staple_equals_the_majority_where_two_agree_and_one_draws_more() -> None:
    masks = np.stack([ball(4), ball(4), ball(6)])
    found = staple(masks)
    np.testing.assert_array_equal(found.mask, majority(masks))
    np.testing.assert_array_equal(found.mask, ball(4))
    np.testing.assert_allclose(found.sensitivity, 1, atol=1e-6)
    np.testing.assert_allclose(found.specificity[:2], 1, atol=1e-6)
    assert found.specificity[2] < 0.9


def test_who_missed_the_lesion_has_no_sensitivity() -> None:
    found = staple(np.stack([ball(4), ball(4), NOTHING]))
    np.testing.assert_array_equal(found.mask, ball(4))
    np.testing.assert_allclose(found.sensitivity, [1, 1, 0], atol=1e-6)


@pytest.mark.parametrize("mask", [ball(4), bars((0, 40)), np.ones(SHAPE, dtype=bool)])
def test_raters_who_agree_are_right_up_to_the_images_edge(mask: np.ndarray) -> None:
    found = staple(np.stack([mask, mask]))
    np.testing.assert_array_equal(found.mask, mask)
    assert found.probability.dtype == np.float32


def test_nothing_marked_is_nothing_and_says_nothing_of_the_raters() -> None:
    found = staple(np.stack([NOTHING, NOTHING]))
    assert not found.mask.any()
    assert np.isnan(found.sensitivity).all() and np.isnan(found.specificity).all()
