import numpy as np
import pytest

from ssb.measurements import axial_diameter_mm, measure, voxel_ml
from ssb.plausible import Box, Request, SampleSet


def test_a_voxel_of_a_millimetre_and_a_half_by_two_by_ten() -> None:
    assert voxel_ml(np.diag([1.5, 2.0, 10.0, 1.0])) == pytest.approx(0.03)


def test_diameter_is_measured_corner_to_corner_in_one_slice() -> None:
    mask = np.zeros((6, 6, 4), dtype=bool)
    mask[1:4, 2:6, 0] = True
    mask[0, 0, 3] = True
    assert axial_diameter_mm(mask, np.diag([1.0, 1.0, 9.0, 1.0])) == pytest.approx(5.0)


def test_slices_lie_across_the_long_axis_of_the_patient() -> None:
    mask = np.zeros((5, 3, 3), dtype=bool)
    mask[:, 1, 1] = True
    along_z = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [3, 0, 0, 0], [0, 0, 0, 1]], dtype=float)
    assert axial_diameter_mm(mask, along_z) == pytest.approx(2**0.5)


def test_an_empty_mask_has_no_diameter() -> None:
    assert axial_diameter_mm(np.zeros((2, 2, 2), dtype=bool), np.eye(4)) == 0.0


def test_empty_samples_count_as_zero_and_agreement_is_the_mean_dice_of_pairs() -> None:
    masks = np.zeros((3, 4, 1, 1), dtype=bool)
    masks[0, :2], masks[1, :4] = True, True
    request = Request((0, 0, 0), 3, 2, 0.0, 0)
    found = measure(SampleSet(masks, Box((0, 0, 0), (4, 1, 1)), (4, 1, 1), np.diag([10.0, 10, 10, 1]), request, "m"))
    assert found.volume_ml.median == pytest.approx(2.0)
    assert found.volume_ml.low == pytest.approx(0.2)
    assert found.volume_ml.high == pytest.approx(3.8)
    assert found.agreement == pytest.approx((4 / 6 + 0 + 0) / 3)
    assert found.as_dict()["volume_ml"]["median"] == pytest.approx(2.0)
