import pytest
import torch

from ssb.prediction import mask_probability, noise_target

POINT, DEVIATION = torch.tensor([[0.3, -0.8, 0.1]]), torch.tensor([[0.5]])


def test_the_noise_target_leads_back_to_the_mask() -> None:
    masks = torch.tensor([[1.0, 0.0, 1.0]])
    noise = noise_target(POINT, masks, DEVIATION)
    assert noise.tolist()[0] == pytest.approx([(0.3 - 1) / 0.5, (-0.8 + 1) / 0.5, (0.1 - 1) / 0.5])
    assert torch.allclose(mask_probability(noise, POINT, DEVIATION, "noise"), masks, atol=1e-6)


def test_a_mask_prediction_is_its_logits() -> None:
    assert mask_probability(torch.tensor([0.0, 50.0]), POINT, DEVIATION, "mask").tolist() == pytest.approx([0.5, 1.0])


@pytest.mark.parametrize("target", ["mask", "noise"])
def test_belief_moves_the_probability_by_its_logits(target: str) -> None:
    even = torch.zeros(1, 1) if target == "mask" else torch.full((1, 1), 2 * 0.4)
    found = mask_probability(even, torch.full((1, 1), 0.4), DEVIATION, target, torch.full((1, 1), 1.0))
    assert float(found) == pytest.approx(1 / (1 + 2.718281828**-1), abs=1e-6)
