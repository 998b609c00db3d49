import numpy as np
import pytest

from ssb.datasets.crops import CropSet, pack_masks, repeat_present, scale_to_bytes


def one_pixel(count: int, *marked: int) -> np.ndarray:
    """`count` masks (count, 128, 128); those of `marked` have their first pixel."""
    masks = np.zeros((count, 128, 128), dtype=bool)
    masks[list(marked), 0, 0] = True
    return masks


def test_each_rater_has_a_bit() -> None:
    assert pack_masks(one_pixel(8, 0, 2, 7))[0, 0] == 0b10000101
    assert pack_masks(np.array([True, False, True])) == 5
    with pytest.raises(ValueError, match="at most 8 raters fit into a byte, got 9"):
        pack_masks(one_pixel(9))


def test_absent_raters_repeat_the_present_ones_in_turn() -> None:
    masks = np.array([[0], [1], [0], [3], [0]])
    assert repeat_present(masks, (False, True, False, True, False)).ravel().tolist() == [1, 1, 3, 3, 1]
    assert masks.ravel().tolist() == [0, 1, 0, 3, 0]


def test_only_present_raters_have_a_mask() -> None:
    bits = np.stack([pack_masks(one_pixel(3, 0, 1)), pack_masks(one_pixel(3, 0, 1))])
    crops = CropSet("all", np.zeros((2, 128, 128), np.uint8), bits, ["a", "b"], ["p", "q"], [4, 0], 3, np.array([0b101, 0b111], np.uint8))
    assert [len(crops[n].masks) for n in range(2)] == [2, 3]
    assert crops[0].masks[:, 0, 0].tolist() == [True, False]
    assert crops[1].masks[:, 0, 0].tolist() == [True, True, False]
    assert (len(crops), crops[0].nodule, crops[0].patient, crops[0].slice_index) == (2, "a", "p", 4)


def test_bytes_are_rounded_half_up_and_cut_off() -> None:
    # 255 / 510 is exactly one half, so every odd value is a tie
    assert scale_to_bytes(np.array([-9, 0, 1, 2, 3, 510, 600]), 0, 510).tolist() == [0, 0, 1, 1, 2, 255, 255]
    assert scale_to_bytes(np.array([7.0, 7.0]), 7, 7).tolist() == [0, 0]
