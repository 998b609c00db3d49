import pytest
import torch
from monai.networks.schedulers import DDPMScheduler

from ssb.rivals.ancestral import AncestralScheduler


def test_times_are_spread_evenly_and_a_single_one_is_the_noisiest() -> None:
    assert AncestralScheduler(5).times.tolist() == [0, 250, 500, 749, 999]
    assert AncestralScheduler(1000).times.tolist() == list(range(1000))
    assert AncestralScheduler(1).times.tolist() == [999]


@pytest.mark.parametrize("steps", [1, 50, 250, 1000])
def test_the_chain_has_the_noise_of_the_trained_times(steps: int) -> None:
    chain, trained = AncestralScheduler(steps), DDPMScheduler(1000)
    assert torch.allclose(chain.alphas_cumprod, trained.alphas_cumprod[chain.times].double(), rtol=1e-3)


def test_all_times_give_the_steps_of_ddpm() -> None:
    chain, ddpm = AncestralScheduler(1000), DDPMScheduler(1000, prediction_type="v_prediction")
    point, output = torch.randn(2, 1, 2, 8, 8, generator=torch.Generator().manual_seed(0))
    noise = torch.randn(point.shape, generator=torch.Generator().manual_seed(1))
    for index in (1, 20, 500, 999):
        following, original = ddpm.step(output, index, point, torch.Generator().manual_seed(1))
        found = chain.original(output, index, point)
        assert torch.allclose(found, original, atol=1e-4)
        assert torch.allclose(chain.previous(found, index, point, noise), following, atol=1e-4)


def test_a_step_over_left_out_times_keeps_the_marginals() -> None:
    """x_s must be sqrt(abar_s) x_0 with variance 1 - abar_s when x_t has its own, whatever lies between s and t."""
    chain = AncestralScheduler(20)
    generator = torch.Generator().manual_seed(0)
    original = torch.full((200, 200), 0.5)
    for index in (3, 10, 19):
        now, before = chain.alphas_cumprod[index], chain.alphas_cumprod[index - 1]
        point = now.sqrt() * original + (1 - now).sqrt() * torch.randn(original.shape, generator=generator)
        found = chain.previous(original, index, point, torch.randn(original.shape, generator=generator))
        assert float(found.mean()) == pytest.approx(0.5 * float(before) ** 0.5, abs=0.02)
        assert float(found.std()) == pytest.approx(float(1 - before) ** 0.5, rel=0.02)
