"""The methods ready to draw: trained with one budget, or loaded where that was done before."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from ssb.atomic import replaced
from ssb.benchmark.entries import Recipe
from ssb.bridge_method import BridgeMethod
from ssb.checkpoint import load_tensors
from ssb.datasets.crops import CropSet
from ssb.errors import CheckpointError, InputError
from ssb.identity import sha256_of
from ssb.method import Method
from ssb.presets import Preset
from ssb.rivals import load_method, rival
from ssb.shipped import shipped_checkpoint
from ssb.training import Schedule, train


@dataclass(frozen=True)
class Contender:
    """A trained method.

    steps: optimiser steps of its training. seconds: of its training, None where no log tells. fingerprint: of its checkpoint's bytes.
    """

    recipe: Recipe
    method: Method
    checkpoint: str
    steps: int
    seconds: float | None
    fingerprint: str

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return sum(weight.numel() for weight in self.method.parameters())


def contenders(
    recipes: Sequence[Recipe], base: str, schedule: Schedule, read_train: Callable[[], CropSet], out: Path, device: str
) -> dict[str, Contender]:
    """Each method by its recipe's name, trained in out/methods/<name> where that is still to do.

    Training takes the crops that `read_train` gives, called only when something is to be trained, and the same schedule for all. A
    checkpoint without a training state beside it was trained elsewhere and is taken as it is, if its steps are those of the schedule.
    Raises CheckpointError for a checkpoint of another method, preset or number of steps, InputError where the folder's unfinished
    methods follow another schedule.
    """
    crops: CropSet | None = None
    found = {}
    for recipe in recipes:
        if recipe.own_budget:
            path = shipped_checkpoint(base)
        else:
            folder = out / "methods" / recipe.name
            path = folder / f"{recipe.name}.safetensors"
            if not _finished(path, schedule.steps):
                _same_schedule(out / "methods", schedule)
                crops = crops or read_train()
                method = _fresh(recipe.kind, recipe.preset(base), schedule.seed).to(device)
                train(crops, method, schedule, folder, name=recipe.name)
            _check(path, recipe, base, schedule.steps)
        header = load_tensors(path)[1]
        digest = sha256_of(path)
        seconds = _training_seconds(path.parent / "log.jsonl")
        method = load_method(path, device)
        found[recipe.name] = Contender(recipe, method, header["name"], int(header.get("steps", 0)), seconds, digest)
    return found


def _fresh(kind: str, preset: Preset, seed: int) -> Method:
    torch.manual_seed(seed)
    return BridgeMethod(preset) if kind == BridgeMethod.kind else rival(kind, preset)


def _finished(path: Path, steps: int) -> bool:
    if not path.is_file():
        return False
    return not (path.parent / "training.safetensors").is_file() or load_tensors(path)[1].get("steps", 0) >= steps


def _check(path: Path, recipe: Recipe, base: str, steps: int) -> None:
    header = load_tensors(path)[1]
    if header.get("method") != recipe.kind or not recipe.preset(base).is_told_by(header["preset"]):
        raise CheckpointError(f"The checkpoint {path.name} has another method or preset than {recipe.title}: choose another output folder.")
    if header.get("steps") != steps:
        raise CheckpointError(
            f"The checkpoint {path.name} was trained for {header.get('steps')} steps, but all methods must have {steps}: "
            f"give --steps {header.get('steps')}, or choose another output folder."
        )


def _same_schedule(folder: Path, schedule: Schedule) -> None:
    """Note the schedule where the first training starts; another one later would end what it began with a different rate."""
    note = folder / "schedule.json"
    if note.is_file():
        before = json.loads(note.read_text())
        changed = [key for key, value in asdict(schedule).items() if before.get(key) != value]
        if changed:
            key = changed[0]
            raise InputError(
                f"The methods in {folder} are trained with {key} {before.get(key)}, not {asdict(schedule)[key]}: "
                "give that, or choose another output folder."
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    with replaced(note) as path:
        path.write_text(json.dumps(asdict(schedule), indent=2) + "\n")


def _training_seconds(log: Path) -> float | None:
    """Steps times the time of one, as the last line of the log has it; None without a log."""
    lines = log.read_text().splitlines() if log.is_file() else []
    if not lines:
        return None
    last = json.loads(lines[-1])
    return float(last["step"] * last["seconds_a_step"])
