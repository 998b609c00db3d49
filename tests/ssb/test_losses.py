import math

import pytest
import torch

from ssb.losses import diversity_loss, mask_loss, soft_jaccard_distance


def test_distance_of_two_empty_masks_is_zero() -> None:
    assert float(soft_jaccard_distance(torch.zeros(9), torch.zeros(9))) == 0.0


def test_distance_by_hand() -> None:
    a, b = torch.tensor([1.0, 1.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 1.0, 0.0])
    assert float(soft_jaccard_distance(a, b)) == pytest.approx(1 - (1 + 1) / (3 + 1))


def test_mask_loss_of_even_odds_is_log_two_times_the_root_of_the_pixels() -> None:
    assert float(mask_loss(torch.zeros(2, 1, 4, 4), torch.ones(2, 1, 4, 4))) == pytest.approx(4 * math.log(2))


def logits(*masks: torch.Tensor) -> torch.Tensor:
    return torch.stack([(mask * 2 - 1) * 20 for mask in masks])[None]


def test_diversity_loss_is_zero_for_the_raters_own_distance_and_grows_either_way() -> None:
    empty, small, large = torch.zeros(4, 4), torch.zeros(4, 4), torch.zeros(4, 4)
    small[1:3, 1:3], large[:4, :3] = 1, 1
    raters = torch.stack([small, large])[None]
    matched = float(diversity_loss(logits(small, large), raters))
    too_little = float(diversity_loss(logits(small, small), raters))
    too_much = float(diversity_loss(logits(empty, large), raters))
    assert matched == pytest.approx(0.0, abs=1e-6)
    assert too_little > 0.05
    assert too_much > 0.05
