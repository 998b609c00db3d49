from pathlib import Path

import numpy as np
import pytest
import torch

from ssb.bridge_method import BridgeMethod
from ssb.checkpoint import load_model, load_tensors, save_tensors
from ssb.datasets.batches import draw_batch
from ssb.datasets.crops import CropSet
from ssb.datasets.lidc import LidcCrops
from ssb.errors import CheckpointError
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


def test_a_run_from_before_a_field_of_the_preset_goes_on_and_another_preset_does_not(tmp_path: Path) -> None:
    path = tmp_path / "training.safetensors"
    Trainer(fresh(), Schedule(steps=6)).save(path)
    tensors, header = load_tensors(path)
    del header["preset"]["loss"]
    save_tensors(path, tensors, header)
    Trainer(fresh(), Schedule(steps=6)).restore(path)
    for changed in ({**header["preset"], "loss": "path"}, {**header["preset"], "unknown": 1}, None):
        save_tensors(path, tensors, {**header, "preset": changed})
        with pytest.raises(CheckpointError, match="another method or preset"):
            Trainer(fresh(), Schedule(steps=6)).restore(path)


def test_the_rate_warms_up_stays_and_falls_to_zero() -> None:
    schedule = Schedule(steps=1000, rate=1.0, warmup=100, fall=0.3)
    assert schedule.rate_at(0) == pytest.approx(0.01)
    assert schedule.rate_at(500) == 1.0
    assert schedule.rate_at(850) == pytest.approx(0.5)
    assert schedule.rate_at(999) == pytest.approx(1 / 300)


def test_with_a_time_budget_the_run_ends_and_the_rate_falls_by_what_comes_first() -> None:
    schedule = Schedule(steps=1000, rate=1.0, warmup=100, fall=0.3, seconds=60)
    assert schedule.done_at(200, 6) == 0.2
    assert schedule.done_at(200, 51) == 0.85
    assert schedule.rate_at(200, 51) == pytest.approx(0.5)
    assert schedule.done_at(200, 90) == 1.0


def test_a_number_of_raters_is_drawn_evenly_from_those_who_rated_the_crop() -> None:
    image = np.zeros((1, 128, 128), dtype=np.uint8)
    bits = image.copy()
    for slot, side in enumerate((3, 4, 6, 9)):
        bits[0, 64 - side : 64 + side, 64 - side : 64 + side] |= 1 << slot
    crops = CropSet("train", image, bits, ["n"], ["p"], [0], 4, np.array([0b0110], dtype=np.uint8))
    areas = torch.cat([draw_batch(crops, TINY, 16, 0, step, raters=3).masks.sum(dim=(2, 3)) for step in range(16)])
    # Unzoomed, the raters of slots 1 and 2 drew 64 and 144 pixels.
    small, large = (areas == 64).sum(dim=1), (areas == 144).sum(dim=1)
    whole = small + large == 3
    assert whole.sum() > 64 and set(small[whole].tolist()) == {1, 2}
    assert 0.35 < float((small[whole] == 1).float().mean()) < 0.65


def test_parts_of_a_step_differ(discs: LidcCrops) -> None:
    assert not torch.equal(draw_batch(discs, TINY, 4, 0, 7, part=1).images, draw_batch(discs, TINY, 4, 0, 7).images)
