import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.distributions import Normal

from ssb.datasets.batches import Batch, draw_batch
from ssb.datasets.lidc import LidcCrops
from ssb.presets import PRESETS
from ssb.rivals.probabilistic_unet import LATENT, ProbabilisticUNet, divergence
from ssb.training import Schedule, Trainer

TINY = PRESETS["tiny"]


def normal(mean: list[float], deviation: list[float]) -> Normal:
    return Normal(torch.tensor(mean), torch.tensor(deviation))


def test_divergences_of_hand_worked_normals() -> None:
    standard = normal([0.0, 0.0], [1.0, 1.0])
    assert float(divergence(standard, standard)) == 0
    # A mean 2 away in one dimension: 2^2 / 2.
    assert float(divergence(normal([2.0, 0.0], [1.0, 1.0]), standard)) == pytest.approx(2)
    # A deviation of 2 in both: 2 (2^2 / 2 - 1/2 - log 2); the other way round: 2 (1/8 - 1/2 + log 2).
    wide = normal([0.0, 0.0], [2.0, 2.0])
    assert float(divergence(wide, standard)) == pytest.approx(3 - 2 * math.log(2))
    assert float(divergence(standard, wide)) == pytest.approx(-0.75 + 2 * math.log(2))


def test_the_loss_is_the_evidence_lower_bound_over_the_root_of_the_pixels() -> None:
    """Heads whose weights are zero: codes of known means, and the same logit at every pixel."""
    method = ProbabilisticUNet(TINY)
    for net, mean in ((method.network.prior, 0.0), (method.network.posterior, 1.0)):
        nn.init.zeros_(net.head.weight)
        net.head.bias.data = torch.tensor([mean] * LATENT + [0.0] * LATENT)
    last = method.network.head.rest[-1]
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    batch = Batch(torch.zeros(2, 1, 16, 16), torch.ones(2, 4, 16, 16), torch.zeros(2, 4))
    loss = method.loss(batch, torch.Generator().manual_seed(0)).detach()
    assert float(loss) == pytest.approx((256 * math.log(2) + LATENT / 2) / 16, rel=1e-5)


def test_the_head_treats_every_code_of_every_image_by_itself() -> None:
    head = ProbabilisticUNet(TINY).network.head.requires_grad_(False)
    features, codes = torch.randn(2, 4, 8, 8), torch.randn(2, 3, LATENT)
    logits = head(features, codes)
    assert logits.shape == (2, 3, 8, 8)
    assert torch.allclose(logits[1, 2], head(features[1:], codes[1:, 2:])[0, 0], atol=1e-5)
    assert not torch.allclose(logits[1, 2], logits[1, 1], atol=1e-4)


def test_samples_depend_on_the_seed_and_not_on_their_number_or_the_evaluations() -> None:
    method = ProbabilisticUNet(TINY)
    image = torch.rand(1, 1, 32, 32) * 2 - 1
    first = method.draw(image, 3, 5, 1)
    assert torch.equal(first, method.draw(image, 3, 5, 50))
    assert torch.allclose(first, method.draw(image, 8, 5, 1)[:3], atol=1e-6)
    assert not torch.allclose(first, method.draw(image, 3, 6, 1), atol=1e-6)


@pytest.fixture(scope="module")
def trained(discs: LidcCrops) -> tuple[ProbabilisticUNet, list[float]]:
    torch.manual_seed(0)
    method = ProbabilisticUNet(TINY)
    trainer = Trainer(method, Schedule(steps=300, batch=4, warmup=20, rate=1e-2))
    return method, [trainer.advance(draw_batch(discs, TINY, 4, 0, step)) for step in range(300)]


def test_training_draws_masks_that_overlap_with_the_disc_and_differ(
    trained: tuple[ProbabilisticUNet, list[float]], discs: LidcCrops
) -> None:
    method, losses = trained
    assert np.mean(losses[-10:]) < 0.4 * np.mean(losses[:10])
    image = torch.from_numpy(discs.images[4][48:80, 48:80].astype(np.float32) / 127.5 - 1)[None, None]
    disc = torch.from_numpy(discs.bits[4][48:80, 48:80] >> 1 & 1).bool()
    masks = method.draw(image, 16, 0, 1) > 0.5
    overlap = (masks & disc).sum(dim=(1, 2)) / (masks | disc).sum(dim=(1, 2))
    # One rater in four marks nothing, so some samples must not overlap at all.
    assert float(overlap.median()) > 0.4
    assert float(overlap.min()) < 0.1


def test_the_posterior_tells_an_empty_mask_from_a_disc(trained: tuple[ProbabilisticUNet, list[float]], discs: LidcCrops) -> None:
    batch = draw_batch(discs, TINY, 8, 1, 0)
    with torch.no_grad():
        empty, disc = (trained[0].network.posterior(torch.cat([batch.images, batch.masks[:, [m]] * 2 - 1], dim=1)).mean for m in (0, 3))
    assert float((empty - disc).norm(dim=1).min()) > 1
