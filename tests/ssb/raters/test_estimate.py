import numpy as np
import pytest

from ssb.raters.estimate import Estimate, mean_over_images, student_mean


def test_students_interval_by_the_tables() -> None:
    found = student_mean(np.array([1.0, 2.0, 3.0]))  # deviation 1, t of 2 degrees of freedom: 4.3027
    assert found.value == 2
    assert found.high - 2 == pytest.approx(4.3027 / 3**0.5, abs=1e-4) == 2 - found.low
    shared = student_mean(np.array([1.0, 2.0, 3.0]), asked=5)  # 99 %: 9.9248
    assert shared.high - 2 == pytest.approx(9.9248 / 3**0.5, abs=1e-4)


def test_one_value_has_no_interval_and_none_no_mean() -> None:
    assert student_mean(np.array([0.5])).as_dict() == {"value": 0.5, "low": None, "high": None}
    assert student_mean(np.array([])).as_dict() == {"value": None, "low": None, "high": None}


def test_the_interval_is_over_images() -> None:
    assert mean_over_images([0, 1, 0, 1], ["a", "a", "b", "b"]) == Estimate(0.5, 0.5, 0.5)
    assert mean_over_images([0.5, float("nan")], ["a", "b"]).as_dict() == {"value": 0.5, "low": None, "high": None}
    assert mean_over_images([float("nan")], ["a"]).as_dict() == {"value": None, "low": None, "high": None}
