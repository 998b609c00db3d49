import numpy as np
from scipy import ndimage

from ssb.next_slice import belief_from, nearest_part, touching_parts
from ssb.presets import Preset

PRESET = Preset("x", "x", neighbour_weight=2.0, neighbour_level=0.7)


def disc(row: int, column: int, radius: float) -> np.ndarray:
    rows, columns = np.indices((64, 64))
    return np.hypot(rows - row, columns - column) < radius


def test_the_part_nearest_to_the_click_is_kept() -> None:
    mask = np.zeros((9, 9), dtype=bool)
    mask[0:2, 0:2] = True
    mask[6, 5] = True
    assert np.argwhere(nearest_part(mask)).tolist() == [[6, 5]]


def test_only_parts_that_touch_the_neighbour_go_on() -> None:
    mask, neighbour = np.zeros((9, 9), dtype=bool), np.zeros((9, 9), dtype=bool)
    neighbour[4, 4] = True
    mask[5, 5:7] = True
    mask[0, 0] = True
    assert np.argwhere(touching_parts(mask[None], neighbour[None])[0]).tolist() == [[5, 5], [5, 6]]


def test_parts_of_one_sample_do_not_hang_on_another_samples_neighbour_or_mask() -> None:
    masks, neighbours = np.zeros((3, 9, 9), dtype=bool), np.zeros((3, 9, 9), dtype=bool)
    masks[:, 2:4, 2:4] = True
    neighbours[1, 4, 4] = True
    masks[2, 8, 8], neighbours[2, 7, 8] = True, True
    kept = touching_parts(masks, neighbours)
    assert not kept[0].any()
    assert np.array_equal(kept[1], masks[1])
    assert np.argwhere(kept[2]).tolist() == [[8, 8]]
    assert not touching_parts(np.zeros_like(masks), neighbours).any()


def test_the_middle_of_a_neighbour_speaks_for_a_mask_its_rim_against_and_far_away_nothing() -> None:
    belief = belief_from(disc(32, 32, 6)[None], PRESET)[0]
    assert abs(belief[32, 32] - 2.0 * 0.3) < 1e-3
    assert -1.4 < belief[32, 38] < 0
    assert belief[0, 0] == 0


def test_belief_around_the_masks_is_that_of_the_whole_window() -> None:
    neighbours = np.stack([disc(3, 60, 5), disc(20, 50, 2), np.zeros((64, 64), dtype=bool)])
    covered = neighbours.astype(np.float32)
    near = ndimage.gaussian_filter(covered, (0, 3, 3)) > 0.02
    whole = np.where(near, 2.0 * (ndimage.gaussian_filter(covered, (0, 1, 1)) - 0.7), 0.0)
    assert np.allclose(belief_from(neighbours, PRESET), whole, atol=1e-6)
    assert not belief_from(neighbours[2:], PRESET).any()
