"""Training of the bridge: one loop, resumable, whose batches depend on seed and step alone.

Schedule (our choice): AdamW, the learning rate warms up, stays, and falls to zero over the last 30 % of the steps, so a run can be
prolonged from any point before its fall; exponential average of the weights with decay 0.999.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from ssb.bridge import BridgeScheduler
from ssb.checkpoint import FORMAT, load_tensors, save_model, save_tensors
from ssb.datasets.batches import Batch, draw_batch
from ssb.datasets.lidc import LidcCrops
from ssb.errors import CheckpointError
from ssb.losses import diversity_loss, mask_loss
from ssb.network import BridgeNetwork, channels_last
from ssb.precision import autocast
from ssb.presets import Preset


@dataclass(frozen=True)
class Schedule:
    """steps: optimiser steps in all. batch: images a step, two raters each. rate: peak learning rate. save_every: steps."""

    steps: int
    batch: int = 24
    rate: float = 2e-3
    warmup: int = 200
    fall: float = 0.3
    ema: float = 0.999
    weight_decay: float = 1e-3
    clip: float = 1.0
    save_every: int = 500
    seed: int = 0

    def rate_at(self, step: int) -> float:
        """Learning rate of a step (counted from 0)."""
        left = (self.steps - step) / max(1.0, self.fall * self.steps)
        return self.rate * min(1.0, (step + 1) / self.warmup, left)


class Trainer:
    """Network, average and optimiser of one run; `advance` does one step."""

    def __init__(self, preset: Preset, schedule: Schedule, device: str = "cpu") -> None:
        torch.manual_seed(schedule.seed)
        self.preset, self.schedule, self.device = preset, schedule, torch.device(device)
        self.network = channels_last(BridgeNetwork(preset.network)).to(self.device)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.bridge = BridgeScheduler(preset.steps, preset.peak_deviation)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=schedule.rate, weight_decay=schedule.weight_decay)
        self.step = 0

    def loss(self, batch: Batch) -> Tensor:
        """Loss of a batch at random times; a share of the ranks is hidden (unconditional estimate, trained together)."""
        generator = torch.Generator().manual_seed(self.schedule.seed * 1_000_003 + self.step)
        images, masks = batch.images.to(self.device), batch.masks.to(self.device)
        pairs = len(images) * 2
        truth = masks.reshape(pairs, 1, *masks.shape[2:])
        # The first evaluation of every sampling starts at the image itself: one time in ten is drawn there. Our choice.
        times = torch.rand(pairs, generator=generator)
        times = torch.where(torch.rand(pairs, generator=generator) < 0.1, torch.ones(()), times)
        timesteps = (times * self.preset.steps).ceil().long().clamp(min=1)
        noise = torch.randn(truth.shape, generator=generator).to(self.device)
        hidden = torch.rand(len(images), generator=generator) < self.preset.rank_drop
        ranks = batch.ranks.masked_fill(hidden[:, None], float("nan")).reshape(pairs).to(self.device)
        point = self.bridge.add_noise(truth * 2 - 1, noise, timesteps, images.repeat_interleave(2, dim=0))
        with autocast(self.device):
            features = [f.repeat_interleave(2, dim=0) for f in self.network.encode(images)]
            logits = self.network(point, features, timesteps.to(self.device) / self.preset.steps, ranks).float()
        told = ~hidden.to(self.device)
        loss = mask_loss(logits, truth)
        if self.preset.diversity_weight and bool(told.any()):
            pair_logits = logits.reshape(masks.shape)[told]
            loss = loss + self.preset.diversity_weight * diversity_loss(pair_logits, masks[told])
        return loss

    def advance(self, batch: Batch) -> float:
        """One optimiser step on `batch`; returns the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.schedule.rate_at(self.step)
        loss = self.loss(batch)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.schedule.clip)
        self.optimiser.step()
        # A young average would remember the random start: its decay grows with the step.
        decay = min(self.schedule.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, value in zip(self.average.parameters(), self.network.parameters(), strict=True):
                mean.lerp_(value, 1 - decay)
        self.step += 1
        return float(loss.detach())

    def save(self, path: Path) -> None:
        """Everything a resumed run needs."""
        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        for index, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{key}": value for key, value in state.items()}
        save_tensors(path, tensors, {"format": FORMAT, "step": self.step, "preset": self.preset.as_dict()})

    def restore(self, path: Path) -> None:
        """Continue from a file that `save` wrote."""
        tensors, header = load_tensors(path)
        if header.get("preset") != json.loads(json.dumps(self.preset.as_dict())):
            raise CheckpointError(f"The unfinished run {path} has another preset: choose another output folder.")

        def part(name: str) -> dict[str, Tensor]:
            return {key[len(name) + 1 :]: value for key, value in tensors.items() if key.startswith(name + ".")}

        self.network.load_state_dict(part("network"))
        self.average.load_state_dict(part("average"))
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in part("optimiser").items():
            index, _, entry = key.partition(".")
            state.setdefault(int(index), {})[entry] = value
        self.optimiser.load_state_dict({"state": state, "param_groups": self.optimiser.state_dict()["param_groups"]})
        self.step = header["step"]


@contextmanager
def _saving(trainer: Trainer, path: Path) -> Iterator[None]:
    """Save on the way out, so that Ctrl-C loses nothing."""
    try:
        yield
    finally:
        trainer.save(path)


def train(
    crops: LidcCrops,
    preset: Preset,
    schedule: Schedule,
    out: Path,
    *,
    name: str,
    device: str = "cpu",
    on_step: Callable[[int, float], None] | None = None,
) -> Path:
    """Train to `schedule.steps`, resuming where `out` holds an unfinished run; returns the path of the model.

    Writes out/training.safetensors (state), out/log.jsonl (one line every 100 steps) and out/<name>.safetensors (averaged weights).
    """
    out.mkdir(parents=True, exist_ok=True)
    state, model_path = out / "training.safetensors", out / f"{name}.safetensors"
    trainer = Trainer(preset, schedule, device)
    if state.is_file():
        trainer.restore(state)
    facts = {"data": f"LIDC-IDRI crops, split {crops.split}, {len(crops)} crops of {len(set(crops.patients))} patients"}
    started, since = time.monotonic(), trainer.step
    recent: list[float] = []
    with _saving(trainer, state), tqdm(total=schedule.steps, initial=trainer.step, unit="step", mininterval=5) as bar:
        while trainer.step < schedule.steps:
            loss = trainer.advance(draw_batch(crops, preset, schedule.batch, schedule.seed, trainer.step))
            recent.append(loss)
            bar.update()
            if on_step:
                on_step(trainer.step, loss)
            if trainer.step % 100 == 0:
                line = {"step": trainer.step, "loss": sum(recent) / len(recent), "rate": schedule.rate_at(trainer.step - 1)}
                line["seconds_a_step"] = (time.monotonic() - started) / (trainer.step - since)
                with (out / "log.jsonl").open("a") as log:
                    log.write(json.dumps(line) + "\n")
                bar.set_postfix(loss=f"{line['loss']:.4f}")
                recent.clear()
            if trainer.step % schedule.save_every == 0:
                trainer.save(state)
                save_model(model_path, trainer.average, preset, name, steps=trainer.step, **facts)
    save_model(model_path, trainer.average, preset, name, steps=trainer.step, **facts)
    return model_path
