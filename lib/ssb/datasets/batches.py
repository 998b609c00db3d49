"""Training batches: crops shifted, flipped and rescaled, each with two of its raters' masks and their ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ssb.datasets.lidc import RATERS, LidcCrops
from ssb.presets import Preset

MAX_SHIFT = 8
GAIN = 1.25


@dataclass(frozen=True)
class Batch:
    """images: (B, 1, H, W) in [-1, 1]. masks: (B, 2, H, W) in {0, 1}: two raters. ranks: (B, 2) in [0, 1], the masks' rank by area."""

    images: Tensor
    masks: Tensor
    ranks: Tensor


def _cut(array: np.ndarray, row: int, column: int, side: int) -> np.ndarray:
    return array[row : row + side, column : column + side]


def _turn(array: np.ndarray, kind: int) -> np.ndarray:
    """One of the eight symmetries of the square, kind 0..7."""
    turned = np.rot90(array, kind % 4)
    return turned.T if kind >= 4 else turned


def draw_batch(crops: LidcCrops, preset: Preset, size: int, seed: int, step: int) -> Batch:
    """The batch of one step: a function of seed and step alone, so that resumed training sees the same batches.

    Crops are drawn evenly, shifted up to 8 pixels off centre (else the network learns the place), turned, and brightened by a
    factor up to 1.25 either way above air (the maximum that scales a crop depends on how much bone it shows).
    The raters' masks are ordered by area; ranks k and k + 2 (mod 4) are drawn together, so a pair always spans the raters.
    """
    rng = np.random.default_rng((seed, step))
    side = preset.region
    images = np.empty((size, 1, side, side), dtype=np.float32)
    masks = np.empty((size, 2, side, side), dtype=np.float32)
    ranks = np.empty((size, 2), dtype=np.float32)
    for n, index in enumerate(rng.integers(len(crops), size=size)):
        corner = (crops.images.shape[1] - side) // 2
        row, column = corner + rng.integers(-MAX_SHIFT, MAX_SHIFT + 1, size=2)
        kind = int(rng.integers(8))
        bits = crops.bits[index]
        areas = [np.count_nonzero(bits & (1 << slot)) + 0.5 * rng.random() for slot in range(RATERS)]
        order = np.argsort(areas)
        first = int(rng.integers(RATERS))
        bits = _turn(_cut(bits, row, column, side), kind)
        for m, rank in enumerate((first, (first + RATERS // 2) % RATERS)):
            masks[n, m] = bits >> order[rank] & 1
            ranks[n, m] = (rank + rng.random()) / RATERS
        image = _turn(_cut(crops.images[index], row, column, side), kind) / 255.0
        images[n, 0] = np.minimum(image * GAIN ** rng.uniform(-1, 1), 1.0) * 2 - 1
    return Batch(torch.from_numpy(images), torch.from_numpy(masks), torch.from_numpy(ranks))
