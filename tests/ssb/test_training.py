from pathlib import Path

import numpy as np
import pytest
import torch

from ssb.bridge_method import BridgeMethod
from ssb.checkpoint import load_model
from ssb.datasets.batches import draw_batch
from ssb.datasets.lidc import LidcCrops
from ssb.presets import PRESETS
from ssb.training import Schedule, Trainer, train

TINY = PRESETS["tiny"]


def fresh() -> BridgeMethod:
    torch.manual_seed(0)
    return BridgeMethod(TINY)


def test_batches_are_a_function_of_seed_and_step(discs: LidcCrops) -> None:
    first, again, other = draw_batch(discs, TINY, 4, 0, 7), draw_batch(discs, TINY, 4, 0, 7), draw_batch(discs, TINY, 4, 0, 8)
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.masks, again.masks)
    assert not torch.equal(first.images, other.images)


def test_ranks_follow_the_areas(discs: LidcCrops) -> None:
    batch = draw_batch(discs, TINY, 32, 0, 0)
    areas = batch.masks.sum(dim=(2, 3))
    assert batch.images.shape == (32, 1, 32, 32)
    assert -1 <= float(batch.images.min()) <= float(batch.images.max()) <= 1
    assert batch.masks.shape == (32, 4, 32, 32)
    assert (areas.diff(dim=1) >= 0).all()
    assert torch.equal((batch.ranks * 4).floor(), torch.arange(4.0).expand(32, 4))
    assert (areas[:, 0] == 0).all()
    assert (areas[:, 3] > 40).all()


def test_training_lowers_the_loss(discs: LidcCrops) -> None:
    trainer = Trainer(BridgeMethod(TINY), Schedule(steps=60, batch=8, warmup=5, rate=1e-2))
    losses = [trainer.advance(draw_batch(discs, TINY, 8, 0, step)) for step in range(60)]
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])


def test_an_interrupted_run_goes_on_to_the_same_losses(discs: LidcCrops, tmp_path: Path) -> None:
    schedule = Schedule(steps=6, batch=2, warmup=2)
    whole: list[float] = []
    train(discs, fresh(), schedule, tmp_path / "whole", name="tiny-1", on_step=lambda _, loss: whole.append(loss))

    parts: list[float] = []

    def stop_at_three(step: int, loss: float) -> None:
        parts.append(loss)
        if step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(discs, fresh(), schedule, tmp_path / "parts", name="tiny-1", on_step=stop_at_three)
    path = train(discs, fresh(), schedule, tmp_path / "parts", name="tiny-1", on_step=lambda _, loss: parts.append(loss))
    assert parts == pytest.approx(whole, rel=1e-6)
    first, second = load_model(tmp_path / "whole" / "tiny-1.safetensors"), load_model(path)
    for a, b in zip(first.network.parameters(), second.network.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-7)
    assert second.header["steps"] == 6


def test_the_rate_warms_up_stays_and_falls_to_zero() -> None:
    schedule = Schedule(steps=1000, rate=1.0, warmup=100, fall=0.3)
    assert schedule.rate_at(0) == pytest.approx(0.01)
    assert schedule.rate_at(500) == 1.0
    assert schedule.rate_at(850) == pytest.approx(0.5)
    assert schedule.rate_at(999) == pytest.approx(1 / 300)
