"""Training batches: crops shifted, turned, zoomed and brightened, each with all its raters' masks in the order of their areas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from ssb.datasets.crops import CropSet
from ssb.presets import Preset

MAX_SHIFT = 8
GAIN = 1.25
ZOOM = 1.25
ZOOMED = 1 / 3


@dataclass(frozen=True)
class Batch:
    """Images with the masks of their M raters, smallest first.

    images: (B, 1, H, W) in [-1, 1]. masks: (B, M, H, W) in {0, 1}. ranks: (B, M), that of mask m in [m / M, (m + 1) / M].
    """

    images: Tensor
    masks: Tensor
    ranks: Tensor

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        return Batch(self.images.to(device), self.masks.to(device), self.ranks.to(device))


def _cut(array: np.ndarray, corner: np.ndarray, side: int, zoom: float) -> np.ndarray:
    """`side` pixels square from `corner`; zoomed by linear interpolation about their middle, float32, where zoom is not 1."""
    if zoom == 1:
        return array[corner[0] : corner[0] + side, corner[1] : corner[1] + side]
    start = corner + (side - 1) / 2 * (1 - 1 / zoom)
    return ndimage.affine_transform(array.astype(np.float32), [1 / zoom] * 2, start, (side, side), order=1, mode="nearest")


def _turn(array: np.ndarray, kind: int) -> np.ndarray:
    """One of the eight symmetries of the square, kind 0..7."""
    turned = np.rot90(array, kind % 4)
    return turned.T if kind >= 4 else turned


def _some(crops: CropSet, index: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` slots of raters who rated the crop, uint8."""
    rated = 2**crops.raters - 1 if crops.present is None else int(crops.present[index])
    known = np.array([slot for slot in range(crops.raters) if rated >> slot & 1], dtype=np.uint8)
    return np.concatenate([rng.permutation(known) for _ in range(-(-count // len(known)))])[:count]


def draw_batch(crops: CropSet, preset: Preset, size: int, seed: int, step: int, *, raters: int | None = None, part: int = 0) -> Batch:
    """The batch of one step: a function of seed, step and part alone, so that resumed training sees the same batches.

    raters: M of the batch. None: the set's, one mask a slot. A number: that many masks of the raters who rated the crop, all in random
    order and then all again until there are enough; so crops with few and with many raters share a batch, and over the steps each rater
    of a crop counts the same. Our choice. part: which of the batches that make up one step.

    Crops are drawn evenly, shifted up to 8 pixels off centre (else the network learns the place), turned, brightened by a factor up to
    1.25 either way above air (the maximum that scales a crop depends on how much bone it shows), and one in three is zoomed by a
    factor up to 1.25 either way (other pixel spacings). All but the turning is our choice.
    """
    rng = np.random.default_rng((seed, step, part) if part else (seed, step))
    side, count = preset.region, raters or crops.raters
    images = np.empty((size, 1, side, side), dtype=np.float32)
    masks = np.empty((size, count, side, side), dtype=np.float32)
    slots = np.arange(count, dtype=np.uint8)
    for n, index in enumerate(rng.integers(len(crops), size=size)):
        corner = (crops.images.shape[1] - side) // 2 + rng.integers(-MAX_SHIFT, MAX_SHIFT + 1, size=2)
        zoom = ZOOM ** rng.uniform(-1, 1) if rng.random() < ZOOMED else 1.0
        kind = int(rng.integers(8))
        if raters is not None:
            slots = _some(crops, int(index), raters, rng)
        drawn = crops.bits[index] >> slots[:, None, None] & 1
        areas = drawn.sum(axis=(1, 2)) + 0.5 * rng.random(count)
        image = _turn(_cut(crops.images[index], corner, side, zoom), kind) / 255.0
        images[n, 0] = np.minimum(image * GAIN ** rng.uniform(-1, 1), 1.0) * 2 - 1
        for m, slot in enumerate(np.argsort(areas)):
            masks[n, m] = _turn(_cut(drawn[slot], corner, side, zoom), kind) > 0.5
    ranks = (np.arange(count) + rng.random((size, count))) / count
    return Batch(torch.from_numpy(images), torch.from_numpy(masks), torch.from_numpy(ranks.astype(np.float32)))
