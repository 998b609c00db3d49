import numpy as np
import pytest

from ssb.outputs.views import LUNG_WINDOW, Frame, intensity_window, shown_slices
from ssb.plausible import Box, Request, SampleSet
from ssb.volumes.volume import Volume

SHAPE = (40, 36, 14)


def set_at(point, affine, radius=0):
    """One mask: the voxels within `radius` of the point, along i and j only."""
    start = tuple(max(0, p - r) for p, r in zip(point, (radius, radius, 0), strict=True))
    stop = tuple(min(n, p + r + 1) for p, r, n in zip(point, (radius, radius, 0), SHAPE, strict=True))
    masks = np.ones((1, *np.subtract(stop, start)), dtype=bool)
    return SampleSet(masks, Box(start, stop), SHAPE, affine, Request(point, 1, 8, 0.0, 0), "c")


def test_the_picture_shows_left_on_the_right_and_the_front_on_top(affine):
    """A voxel to the patient's left of and in front of the click lies right of and above it, on any grid."""
    point = (20, 18, 7)
    array = np.zeros(SHAPE, dtype=np.float32)
    to_left_and_front = np.linalg.solve(affine[:3, :3], np.array([4.0, -4.0, 0.0]))
    marked = np.rint(np.add(point, to_left_and_front)).astype(int)
    array[tuple(marked[:2])] = 1.0
    volume = Volume(array, affine)
    frame = Frame.of(volume, set_at(point, affine))
    plane, (x0, _, _, y1) = frame.cut(array, frame.click[2])
    row, column = np.argwhere(plane)[0]
    x, y = x0 + (column + 0.5) * frame.spacing[0], y1 + (row + 0.5) * frame.spacing[1]
    assert x - frame.click[0] * frame.spacing[0] > 2.0
    assert y - frame.click[1] * frame.spacing[1] < -2.0
    left, right, bottom, top = frame.limits
    assert left < x < right and top < y < bottom


def test_the_picture_is_at_least_40_mm_wide_and_grows_with_the_lesion(affine):
    volume = Volume(np.zeros(SHAPE), affine)
    assert Frame.of(volume, set_at((20, 18, 7), affine)).width == 40.0
    wide = Frame.of(volume, set_at((20, 18, 7), affine, radius=17)).width
    assert wide == pytest.approx(34 * 0.9 / 0.45)


def test_the_click_stays_in_the_picture_when_the_lesion_is_elsewhere():
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    sample_set = set_at((2, 2, 7), affine)
    far = SampleSet(np.ones((1, 1, 1, 1), dtype=bool), Box((39, 35, 7), (40, 36, 8)), SHAPE, affine, sample_set.request, "c")
    frame = Frame.of(Volume(np.zeros(SHAPE), affine), far)
    left, right, bottom, top = frame.limits
    assert left < 4.0 < right and top < 4.0 < bottom


def test_slices_half_way_to_the_ends_of_the_lesion(affine):
    masks = np.ones((1, 1, 1, 10), dtype=bool)
    sample_set = SampleSet(masks, Box((20, 18, 1), (21, 19, 11)), SHAPE, affine, Request((20, 18, 5), 1, 8, 0.0, 0), "c")
    frame = Frame.of(Volume(np.zeros(SHAPE), affine), sample_set)
    assert shown_slices(frame, sample_set, 14) == [3, 5, 7]


@pytest.mark.parametrize(("k", "expected"), [(0, [0, 1]), (13, [12, 13]), (7, [6, 7, 8])])
def test_fewer_slices_at_the_ends_of_the_image(k, expected, affine):
    sample_set = set_at((20, 18, k), affine)
    frame = Frame.of(Volume(np.zeros(SHAPE), affine), sample_set)
    assert shown_slices(frame, sample_set, 14) == expected


def test_slices_keep_the_numbers_of_the_images_own_axis():
    sample_set = set_at((20, 18, 3), np.eye(4))
    upright = Frame.of(Volume(np.zeros(SHAPE), np.eye(4)), sample_set)
    assert [upright.own_slice(k) for k in (0, upright.click[2])] == [0, 3]
    upside_down = Frame.of(Volume(np.zeros(SHAPE), np.diag([1.0, 1.0, -1.0, 1.0])), sample_set)
    assert upside_down.click[2] == 10
    assert [upside_down.own_slice(k) for k in (0, 10)] == [13, 3]
    sagittal = np.array([[0, 0, 1.0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
    assert Frame.of(Volume(np.zeros(SHAPE), sagittal), sample_set).own_slice(18) == 18


def test_the_lung_window_for_hounsfield_units_and_percentiles_for_the_rest():
    assert intensity_window(np.array([-900.0, 0.0, 100.0])) == LUNG_WINDOW
    low, high = intensity_window(np.linspace(0, 1, 1001))
    assert (low, high) == pytest.approx((0.005, 0.995))
    low, high = intensity_window(np.zeros(5))
    assert low < high
