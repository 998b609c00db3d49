import copy
from dataclasses import replace

import pytest
import torch

from ssb.bridge_method import BridgeMethod
from ssb.checkpoint import Model
from ssb.datasets.batches import Batch, draw_batch
from ssb.datasets.lidc import LidcCrops
from ssb.losses import energy_loss
from ssb.presets import PRESETS, Preset
from ssb.thresholds import SPREAD
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


def test_the_whole_path_is_learnt_as_it_is_sampled(discs: LidcCrops, model: Model) -> None:
    """After some steps the sample sets of the path's own two steps are nearer to the raters than those of the bridge it started from."""
    preset = replace(model.preset, loss="path", nfe=2, guidance=0.0, threshold_spread=SPREAD)
    before = BridgeMethod(preset, copy.deepcopy(model.network)).eval()
    trainer = Trainer(BridgeMethod(preset, copy.deepcopy(model.network).train().requires_grad_(True)), Schedule(60, batch=8, warmup=5))
    for step in range(60):
        trainer.advance(draw_batch(discs, preset, 8, 0, step))

    def energy(method: BridgeMethod) -> float:
        found = []
        for step in range(200, 206):
            batch = draw_batch(discs, preset, 4, 0, step)
            for image, masks in zip(batch.images, batch.masks, strict=True):
                drawn = (method.draw(image[None], 8, step, preset.nfe) > 0.5).float()
                found.append(float(energy_loss(drawn[None], masks[None])))
        return sum(found) / len(found)

    assert energy(trainer.average) < energy(before)  # type: ignore[arg-type]


def test_the_paths_loss_reaches_every_weight_and_takes_every_rank(batch: Batch) -> None:
    method = BridgeMethod(replace(TINY, loss="path", nfe=3, threshold_spread=SPREAD))
    method.loss(batch, torch.Generator().manual_seed(0)).backward()
    blind = [name for name, weight in method.network.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert "embedding.untold" in blind, "no path is drawn without a rank"
    assert "head.2.weight" not in blind and "encoder.stem.weight" not in blind


def test_the_paths_loss_is_that_of_masks_at_their_thresholds(batch: Batch) -> None:
    path = replace(TINY, loss="path", nfe=2)
    assert loss(path, batch) != loss(replace(path, threshold_spread=SPREAD), batch)


def test_the_nearest_masks_count_in_the_paths_loss_by_their_weight(batch: Batch) -> None:
    path = replace(TINY, loss="path", nfe=2, threshold_spread=SPREAD)
    none, half, one = (loss(replace(path, nearest_weight=w), batch) for w in (0.0, 0.5, 1.0))
    assert 0 < one - none <= 1
    assert half - none == pytest.approx((one - none) / 2, rel=1e-3)


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
