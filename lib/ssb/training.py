"""Training of the bridge and of its rivals: one trainer for the command line and the server, resumable, whose batches depend on seed and
step alone.

Schedule (our choice): AdamW, the learning rate warms up, stays, and falls to zero over the last 30 % of the run, so a run can be
prolonged from any point before its fall; exponential average of the weights with decay 0.999.

A step may be made of several parts, each a batch with its own random numbers: their gradients are averaged, in one process one part after
the other, or each in a process of its own where torch.distributed is at work. Both give the same weights but for rounding.
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
from torch.nn.utils import parametrize
from tqdm import tqdm

from ssb.checkpoint import FORMAT, load_tensors, save_model, save_tensors
from ssb.datasets.batches import Batch
from ssb.datasets.batches_ahead import batches_of_steps
from ssb.datasets.crops import CropSet
from ssb.distributed import average_gradients, process_number
from ssb.errors import CheckpointError
from ssb.method import Method


@dataclass(frozen=True)
class Schedule:
    """steps: optimiser steps in all. batch: images a step, each with all its raters. rate: peak learning rate. save_every: steps.

    seconds: time budget; the run ends with the steps or the time, whatever comes first, and the rate falls accordingly. None: no budget.
    """

    steps: int
    batch: int = 16
    rate: float = 2e-3
    warmup: int = 200
    fall: float = 0.3
    ema: float = 0.999
    weight_decay: float = 1e-3
    clip: float = 1.0
    save_every: int = 500
    seed: int = 0
    seconds: float | None = None

    def done_at(self, step: int, spent: float = 0.0) -> float:
        """The share of the run that is done, 0 to 1, after `step` steps and `spent` seconds."""
        return min(1.0, max(step / self.steps, spent / self.seconds if self.seconds else 0.0))

    def rate_at(self, step: int, spent: float = 0.0) -> float:
        """Learning rate of a step (counted from 0) that begins when `spent` seconds are over."""
        left = (1 - self.done_at(step, spent)) / max(self.fall, 1 / self.steps)
        return self.rate * min(1.0, (step + 1) / self.warmup, left)


class Trainer:
    """Method, the average of its weights and the optimiser of one run; `advance` does one step.

    Weights that need no gradient stay as they are. step: steps done. spent: seconds of the run so far, for a schedule with a time budget;
    whoever runs the loop counts them.
    """

    def __init__(self, method: Method, schedule: Schedule) -> None:
        self.method, self.schedule = method, schedule
        self.average = copy.deepcopy(method).requires_grad_(False)
        self.learnt = [weight for weight in method.parameters() if weight.requires_grad]
        self.optimiser = torch.optim.AdamW(self.learnt, lr=schedule.rate, weight_decay=schedule.weight_decay)
        self.step, self.spent = 0, 0.0

    @property
    def done(self) -> float:
        """The share of the run that is done, 0 to 1."""
        return self.schedule.done_at(self.step, self.spent)

    def advance(self, *parts: Batch) -> float:
        """One optimiser step on the parts of this process; returns their mean loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.schedule.rate_at(self.step, self.spent)
        self.optimiser.zero_grad(set_to_none=True)
        losses = []
        for part, batch in enumerate(parts, start=process_number() * len(parts)):
            generator = torch.Generator().manual_seed(self.schedule.seed * 1_000_003 + self.step + (part << 40))
            with parametrize.cached():
                loss = self.method.loss(batch.to(self.method.device), generator)
            (loss / len(parts)).backward()
            losses.append(float(loss.detach()))
        average_gradients(self.learnt)
        torch.nn.utils.clip_grad_norm_(self.learnt, self.schedule.clip)
        self.optimiser.step()
        # A young average would remember the random start: its decay grows with the step.
        decay = min(self.schedule.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, value in zip(self.average.parameters(), self.method.parameters(), strict=True):
                mean.lerp_(value, 1 - decay)
        self.step += 1
        return sum(losses) / len(losses)

    def save(self, path: Path) -> None:
        """Everything a resumed run needs."""
        tensors = {f"method.{k}": v for k, v in self.method.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        for index, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{key}": value for key, value in state.items()}
        save_tensors(
            path,
            tensors,
            {"format": FORMAT, "step": self.step, "spent": self.spent, "method": self.method.kind, "preset": self.method.preset.as_dict()},
        )

    def restore(self, path: Path) -> None:
        """Continue from a file that `save` wrote."""
        tensors, header = load_tensors(path)
        if header.get("method") != self.method.kind or not self.method.preset.is_told_by(header.get("preset")):
            raise CheckpointError(f"The unfinished run {path} has another method or preset: choose another output folder.")

        def part(name: str) -> dict[str, Tensor]:
            return {key[len(name) + 1 :]: value for key, value in tensors.items() if key.startswith(name + ".")}

        self.method.load_state_dict(part("method"))
        self.average.load_state_dict(part("average"))
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in part("optimiser").items():
            index, _, entry = key.partition(".")
            state.setdefault(int(index), {})[entry] = value
        self.optimiser.load_state_dict({"state": state, "param_groups": self.optimiser.state_dict()["param_groups"]})
        self.step, self.spent = header["step"], header.get("spent", 0.0)


@contextmanager
def _saving(trainer: Trainer, path: Path) -> Iterator[None]:
    """Save on the way out, so that Ctrl-C loses nothing."""
    try:
        yield
    finally:
        trainer.save(path)


def train(
    crops: CropSet,
    method: Method,
    schedule: Schedule,
    out: Path,
    *,
    name: str,
    started_from: str | None = None,
    on_step: Callable[[int, float], None] | None = None,
) -> Path:
    """Train to `schedule.steps`, resuming where `out` holds an unfinished run; returns the path of the model.

    started_from: name of the checkpoint that the method's weights come from, noted in the model's header.
    Writes out/training.safetensors (state), out/log.jsonl (one line every 100 steps) and out/<name>.safetensors (averaged weights).
    """
    out.mkdir(parents=True, exist_ok=True)
    state, model_path = out / "training.safetensors", out / f"{name}.safetensors"
    trainer = Trainer(method, schedule)
    if state.is_file():
        trainer.restore(state)
    facts = {
        "method": method.kind,
        "data": f"{crops.title}, split {crops.split}, {len(crops)} crops of {len(set(crops.patients))} patients",
        "started_from": started_from,
    }
    started, since = time.monotonic(), trainer.step
    recent: list[float] = []
    batches = batches_of_steps(crops, method.preset, schedule.batch, schedule.seed, range(since, schedule.steps), method.device)
    with _saving(trainer, state), tqdm(total=schedule.steps, initial=trainer.step, unit="step", mininterval=5) as bar:
        while trainer.step < schedule.steps:
            loss = trainer.advance(next(batches))
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
                save_model(model_path, trainer.average.network, method.preset, name, steps=trainer.step, **facts)
    save_model(model_path, trainer.average.network, method.preset, name, steps=trainer.step, **facts)
    return model_path
