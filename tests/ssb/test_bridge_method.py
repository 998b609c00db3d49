from dataclasses import replace

import pytest
import torch

from ssb.bridge_method import BridgeMethod
from ssb.checkpoint import Model
from ssb.datasets.batches import Batch, draw_batch
from ssb.datasets.lidc import LidcCrops
from ssb.presets import PRESETS, Preset
from ssb.training import Schedule, Trainer

TINY = PRESETS["tiny"]
NOISE = replace(TINY, target="noise", condition="image", diversity="distance")


def loss(preset: Preset, batch: Batch, seed: int = 0) -> float:
    torch.manual_seed(1)
    return float(BridgeMethod(preset).loss(batch, torch.Generator().manual_seed(seed)))


@pytest.fixture
def batch(discs: LidcCrops) -> Batch:
    return draw_batch(discs, TINY, 4, 0, 0)


def test_the_loss_is_a_function_of_batch_and_generator(batch: Batch) -> None:
    assert loss(TINY, batch) == loss(TINY, batch)
    assert loss(TINY, batch) != loss(TINY, batch, seed=1)


def test_without_weight_the_diversity_term_is_gone(batch: Batch) -> None:
    bare = loss(replace(TINY, diversity_weight=0.0), batch)
    one, two = (loss(replace(TINY, diversity_weight=w), batch) for w in (1.0, 2.0))
    assert one != bare
    assert two - bare == pytest.approx(2 * (one - bare), rel=1e-3)


def test_predicting_the_noise_trains_too(discs: LidcCrops) -> None:
    torch.manual_seed(0)
    trainer = Trainer(BridgeMethod(NOISE), Schedule(steps=60, batch=8, warmup=5, rate=1e-2))
    losses = [trainer.advance(draw_batch(discs, NOISE, 8, 0, step)) for step in range(60)]
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10])


def test_a_noise_network_starts_without_the_bias_of_lesion_shares() -> None:
    assert float(BridgeMethod(NOISE).network.head[-1].bias) == 0.0
    assert float(BridgeMethod(TINY).network.head[-1].bias) < -4


def test_samples_do_not_depend_on_how_many_are_asked_and_smaller_images_share_the_noise(model: Model) -> None:
    method = BridgeMethod(model.preset, model.network)
    image = torch.rand(1, 1, 32, 32) * 2 - 1
    few, many = method.draw(image, 2, 5, 4), method.draw(image, 6, 5, 4)
    assert few.shape == (2, 32, 32)
    assert torch.allclose(few, many[:2], atol=1e-6)
    assert not torch.equal(many, method.draw(image, 6, 6, 4))
