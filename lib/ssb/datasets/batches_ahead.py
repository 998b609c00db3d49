"""The batches of a run's steps, drawn ahead by processes of their own where a GPU would wait for them."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.utils.data import DataLoader, Dataset

from ssb.datasets.batches import Batch, draw_batch
from ssb.datasets.crops import CropSet
from ssb.device import available_cores
from ssb.presets import Preset

WORKERS = 4
"""Processes that draw batches for one GPU, where the machine has a core for each. Our choice: one draws 64 crops in about 40 ms."""


class StepBatches(Dataset[Batch]):
    """Item n is the batch of step n, see `draw_batch`."""

    def __init__(self, crops: CropSet, preset: Preset, size: int, seed: int) -> None:
        self.crops, self.preset, self.size, self.seed = crops, preset, size, seed

    def __getitem__(self, step: int) -> Batch:
        return draw_batch(self.crops, self.preset, self.size, self.seed, step)


def batches_of_steps(crops: CropSet, preset: Preset, size: int, seed: int, steps: range, device: torch.device) -> Iterator[Batch]:
    """The batches of `steps` in their order, the same on every device; for a GPU up to four processes draw them ahead."""
    workers = min(WORKERS, available_cores() - 1) if device.type == "cuda" else 0
    return iter(DataLoader(StepBatches(crops, preset, size, seed), batch_size=None, sampler=steps, num_workers=workers))
