import numpy as np
import pytest

from ssb.datasets.phantom_shapes import oval, paint, smooth_union, stroke, window

X, Y = np.array([[0.0], [3.0], [10.0]]), np.array([[0.0, 4.0]])


def test_oval_is_the_distance_to_a_circle_and_along_the_ray_to_an_ellipse():
    circle = oval(X, Y, (0, 0), (5, 5))
    assert circle == pytest.approx(np.array([[-5, -1], [-2, 0], [5, np.hypot(10, 4) - 5]]))
    assert oval(X, Y, (0, 0), (5, 2))[2, 0] == pytest.approx(5)
    assert oval(X, Y, (0, 0), (5, 2))[0, 1] == pytest.approx(2)
    # |3/5|^4 + |4/5|^4 = 337/625 = 0.5392, so the point lies inside the rounder shape
    assert oval(X, Y, (0, 0), (5, 5), 4.0)[1, 1] == pytest.approx(5 - 5 / 0.5392**0.25)


def test_stroke_is_the_distance_to_a_line_of_two_ends():
    assert stroke(X, Y, (0, 0), (5, 0)) == pytest.approx(np.array([[0, 4], [0, 4], [5, np.hypot(5, 4)]]))


def test_smooth_union_is_near_the_smaller_distance():
    assert smooth_union([np.array([2.0]), np.array([40.0])], 1.0) == pytest.approx([2.0], abs=1e-6)
    assert smooth_union([np.array([2.0]), np.array([2.0])], 1.0) == pytest.approx([2.0 - np.log(2)])


def test_paint_blends_over_the_border():
    hu = np.zeros(4, dtype=np.float32)
    paint(hu, np.array([-3.0, 0.0, 0.25, 3.0]), 100.0, softness=1.0)
    assert hu == pytest.approx([100, 50, 25, 0])


def test_window_is_the_part_within_reach():
    x, y = np.arange(-5.0, 6.0)[:, None], np.arange(0.0, 4.0)[None]
    columns, rows = window(x, y, (0.5, 1.0), (2.0, 9.0))
    assert list(x[columns, 0]) == [-1, 0, 1, 2]
    assert list(y[0, rows]) == [0, 1, 2, 3]
