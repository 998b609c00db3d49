import pytest
import torch

from ssb.thresholds import cut_at, thresholds_of


def row(*values: float) -> torch.Tensor:
    return torch.tensor(values)[None, None]


def test_thresholds_lie_evenly_around_one_half() -> None:
    assert thresholds_of(torch.tensor([0.0, 0.25, 0.5, 1.0]), 0.8).tolist() == pytest.approx([0.1, 0.3, 0.5, 0.9])
    assert thresholds_of(torch.tensor([0.0, 0.9]), 0.0).tolist() == [0.5, 0.5]


def test_the_threshold_becomes_one_half_and_the_order_stays() -> None:
    probability = row(0.0, 0.1, 0.2, 0.3, 1.0)
    assert cut_at(probability, torch.tensor([0.2])).flatten().tolist() == pytest.approx([0.0, 4 / 13, 0.5, 12 / 19, 1.0])
    assert cut_at(probability, torch.tensor([0.5])).flatten().tolist() == pytest.approx(probability.flatten().tolist())


def test_logits_are_less_by_those_of_the_threshold() -> None:
    probability, threshold = row(0.02, 0.4, 0.97), torch.tensor([0.7])
    assert torch.allclose(torch.logit(cut_at(probability, threshold)), torch.logit(probability) - torch.logit(threshold), atol=1e-5)


def test_a_fragment_is_no_mask_and_a_small_lesion_is_one() -> None:
    lesion = [0.9, 0.8, 0.7, 0.6, 0.5, 0.47, 0.46, 0.46]
    both = torch.tensor([[lesion], [lesion], [[0.9] + [0.0] * 7]])
    found = cut_at(both, torch.tensor([0.85, 0.75, 0.85])) > 0.5
    assert found.sum(dim=(1, 2)).tolist() == [0, 2, 1]
