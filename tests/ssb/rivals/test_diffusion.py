from collections.abc import Callable

import numpy as np
import pytest
import torch
from monai.networks.schedulers import DDPMScheduler
from torch import Tensor, nn

from ssb.datasets.batches import draw_batch
from ssb.datasets.lidc import LidcCrops
from ssb.errors import InputError
from ssb.presets import PRESETS
from ssb.rivals.diffusion import ConditionalDiffusion
from ssb.training import Schedule, Trainer

TINY = PRESETS["tiny"]
SHARES = DDPMScheduler(1000).alphas_cumprod


class Knowing(nn.Module):
    """A network whose predicted x_0 is that of a rule: (x_t, abar_t, image) -> x_0."""

    def __init__(self, rule: Callable[[Tensor, Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.rule, self.anchor = rule, nn.Parameter(torch.zeros(()))

    def encode(self, image: Tensor) -> list[Tensor]:
        return [image]

    def forward(self, point: Tensor, features: list[Tensor], time: Tensor, rank: Tensor) -> Tensor:
        assert bool(rank.isnan().all())
        share = SHARES[(time * 1000).round().long() - 1][:, None, None, None]
        return (share.sqrt() * point - self.rule(point, share, features[0])) / (1 - share).sqrt()


@pytest.mark.parametrize("nfe", [1, 50, 250, 1000])
def test_an_ideal_denoiser_gives_the_mask(nfe: int) -> None:
    image = torch.where(torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0)) < 0.3, 0.8, -0.8)
    method = ConditionalDiffusion(TINY, Knowing(lambda point, share, image: image))  # type: ignore[arg-type]
    assert torch.allclose(method.draw(image, 2, 0, nfe), (image[0].expand(2, -1, -1) + 1) / 2, atol=0.01)


@pytest.mark.parametrize("nfe", [250, 1000])
def test_samples_have_the_spread_of_what_was_learned(nfe: int) -> None:
    """Where x_0 is normal with deviation 0.2, its mean given x_t is known, and the samples must have that deviation again."""

    def mean_of_normal(point: Tensor, share: Tensor, image: Tensor) -> Tensor:
        return share.sqrt() * 0.04 * point / (share * 0.04 + 1 - share)

    method = ConditionalDiffusion(TINY, Knowing(mean_of_normal))  # type: ignore[arg-type]
    drawn = method.draw(torch.zeros(1, 1, 64, 64), 1, 0, nfe) * 2 - 1
    assert float(drawn.mean()) == pytest.approx(0, abs=0.02)
    assert float(drawn.std()) == pytest.approx(0.2, rel=0.1)


@pytest.mark.parametrize("nfe", [-1, 0, 1001])
def test_evaluations_beyond_the_trained_times_are_refused(nfe: int) -> None:
    with pytest.raises(InputError, match=f"The option nfe is {nfe}, but for the diffusion it must be a whole number from 1 to 1000"):
        ConditionalDiffusion(TINY).draw(torch.zeros(1, 1, 16, 16), 1, 0, nfe)


def test_the_loss_of_a_network_that_predicts_nothing_is_the_velocitys_size(discs: LidcCrops) -> None:
    method = ConditionalDiffusion(TINY)
    nn.init.zeros_(method.network.head[-1].weight)
    loss = method.loss(draw_batch(discs, TINY, 16, 0, 0), torch.Generator().manual_seed(0)).detach()
    # E v^2 = abar E noise^2 + (1 - abar) E x_0^2 = 1, as noise has variance 1 and x_0 is -1 or 1.
    assert float(loss) == pytest.approx(1, rel=0.03)


def test_training_draws_masks_that_overlap_with_the_disc(discs: LidcCrops) -> None:
    torch.manual_seed(0)
    trainer = Trainer(ConditionalDiffusion(TINY), Schedule(steps=150, batch=4, warmup=5, rate=1e-2))
    losses = [trainer.advance(draw_batch(discs, TINY, 4, 0, step)) for step in range(150)]
    assert np.mean(losses[-10:]) < 0.4 * np.mean(losses[:10])
    image = torch.from_numpy(discs.images[4][48:80, 48:80].astype(np.float32) / 127.5 - 1)[None, None]
    disc = torch.from_numpy(discs.bits[4][48:80, 48:80] >> 1 & 1).bool()
    masks = trainer.method.draw(image, 8, 0, 20) > 0.5
    overlap = (masks & disc).sum(dim=(1, 2)) / (masks | disc).sum(dim=(1, 2))
    # Everything marked would have 0.2, a network that predicts the noise 0.1.
    assert float(overlap.median()) > 0.35
