"""What the processes of test_distributed run: it must be importable by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ssb.bridge_method import BridgeMethod
from ssb.checkpoint import FORMAT, save_tensors
from ssb.datasets.batches import draw_batch
from ssb.datasets.crops import CropSet
from ssb.distributed import process_number
from ssb.presets import PRESETS
from ssb.training import Schedule, Trainer
from tests.conftest import matrix_tiles

CROPS = 12
SCHEDULE = Schedule(steps=3, batch=4, warmup=1, rate=1e-2)


def crops() -> CropSet:
    """Made discs that two raters draw."""
    distance = np.hypot(*(np.indices((128, 128)) - 64))
    images = np.stack([(distance < 4 + n % 6) * np.uint8(200) for n in range(CROPS)])
    bits = np.stack([(distance < 4 + n % 6).astype(np.uint8) | (distance < 6 + n % 6).astype(np.uint8) << 1 for n in range(CROPS)])
    names = [f"n{n}" for n in range(CROPS)]
    return CropSet("train", images, bits.astype(np.uint8), names, names, [0] * CROPS, 2)


def trained(parts: int) -> Trainer:
    """Three steps, each of `parts` parts in this process."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    trainer = Trainer(BridgeMethod(PRESETS["tiny"]), SCHEDULE)
    first = process_number() * parts
    with matrix_tiles(False):
        for step in range(SCHEDULE.steps):
            trainer.advance(*(draw_batch(crops(), PRESETS["tiny"], 2, 0, step, part=first + part) for part in range(parts)))
    return trainer


def train_part(folder: Path, device: str) -> None:
    """One process of two."""
    save_tensors(folder / f"{process_number()}.safetensors", dict(trained(1).method.state_dict()), {"format": FORMAT})
