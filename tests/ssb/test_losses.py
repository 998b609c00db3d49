import math

import pytest
import torch

from ssb.losses import distance_loss, energy_loss, jaccard_distances, mask_loss, nearest_loss


def masks(*rows: list[float]) -> torch.Tensor:
    return torch.tensor([rows])


def test_distance_of_two_empty_masks_is_zero() -> None:
    assert float(jaccard_distances(torch.zeros(1, 1, 9), torch.zeros(1, 1, 9))) == 0.0


def test_distances_by_hand() -> None:
    found = jaccard_distances(masks([1, 1, 0, 0], [0, 0, 0, 0]), masks([0, 1, 1, 0]))
    assert found.shape == (1, 2, 1)
    assert found.flatten().tolist() == pytest.approx([1 - (1 + 1) / (3 + 1), 1 - (0 + 1) / (2 + 1)])


def test_a_soft_mask_is_at_no_distance_from_itself() -> None:
    soft = masks([0.2, 0.5, 0.9])
    assert float(jaccard_distances(soft, soft)) == pytest.approx(0.0, abs=1e-6)
    assert float(jaccard_distances(soft, masks([1, 1, 1]))) == pytest.approx(1 - (1.6 + 1) / (3 + 1))


def test_mask_loss_of_even_odds_is_log_two_times_the_root_of_the_pixels() -> None:
    assert float(mask_loss(torch.zeros(2, 1, 4, 4), torch.ones(2, 1, 4, 4))) == pytest.approx(4 * math.log(2))


EMPTY, SMALL, LARGE = [0.0] * 16, [1.0] * 4 + [0.0] * 12, [1.0] * 12 + [0.0] * 4


@pytest.mark.parametrize("loss", [distance_loss, energy_loss])
def test_diversity_losses_are_least_for_the_raters_own_masks(loss: object) -> None:
    raters = masks(SMALL, LARGE)
    matched = float(loss(raters, raters))
    assert float(loss(masks(SMALL, SMALL), raters)) > matched + 0.04, "too little diversity"
    assert float(loss(masks(EMPTY, LARGE), raters)) > matched + 0.04, "too much diversity"


def test_distance_loss_of_matched_masks_is_zero() -> None:
    assert float(distance_loss(masks(SMALL, LARGE), masks(SMALL, LARGE))) == 0.0


def test_energy_loss_by_hand() -> None:
    between = 1 - 5 / 13
    assert float(energy_loss(masks(SMALL, LARGE), masks(SMALL, LARGE))) == pytest.approx(2 * between / 2 - between / 2)
    assert float(energy_loss(masks(SMALL, SMALL), masks(SMALL, LARGE))) == pytest.approx(2 * between / 2)


def test_nearest_loss_by_hand() -> None:
    between = 1 - 5 / 13
    assert float(nearest_loss(masks(LARGE, SMALL, EMPTY), masks(SMALL, LARGE))) == 0.0, "every rater has a mask, the third costs nothing"
    assert float(nearest_loss(masks(SMALL, SMALL), masks(SMALL, LARGE))) == pytest.approx(between / 2)


def test_energy_loss_punishes_doubt_where_raters_agree() -> None:
    half = [0.5] * 4 + [0.0] * 12
    assert float(energy_loss(masks(half, half), masks(SMALL, SMALL))) > float(energy_loss(masks(SMALL, SMALL), masks(SMALL, SMALL))) + 0.1
