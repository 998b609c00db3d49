"""The result of one request: N plausible masks and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

Index = tuple[int, int, int]

DISAGREEMENT_UNIT = "disagreement: entropy of the mean of the samples in bits, 0 to 1"


@dataclass(frozen=True)
class Box:
    """A block of voxels of a grid: start (inclusive) and stop (exclusive) in i, j, k."""

    start: Index
    stop: Index

    @classmethod
    def between(cls, start: Sequence[int] | np.ndarray, stop: Sequence[int] | np.ndarray) -> Box:
        """The box of a start and a stop that may be arrays of three whole numbers."""
        i, j, k = (int(value) for value in start)
        a, b, c = (int(value) for value in stop)
        return cls((i, j, k), (a, b, c))

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        i, j, k = (slice(a, b) for a, b in zip(self.start, self.stop, strict=True))
        return i, j, k


@dataclass(frozen=True)
class Request:
    """What was asked; together with image, checkpoint and a correction, if any, it decides the masks bit for bit on one device.

    point: the clicked voxel (i, j, k): it places the region and the first slice, it does not force a lesion.
    inside, outside: further voxels that every sample must cover or leave out.
    samples: number of masks N. nfe: network function evaluations a sample. guidance: classifier-free guidance weight, 0 = none.
    raters: whose manner is drawn in, see `ssb.checkpoint.Model`; "" is the model's own.
    """

    point: Index
    samples: int
    nfe: int
    guidance: float
    seed: int
    inside: tuple[Index, ...] = ()
    outside: tuple[Index, ...] = ()
    raters: str = ""


@dataclass(frozen=True)
class SampleSet:
    """N masks of one lesion on the image's own grid, stored as the box that holds them all.

    masks: (N, a, b, c) bool inside `box`; everything outside the box is background in every mask.
    shape, affine: the image's grid, (I, J, K) and (4, 4) to LPS mm.
    checkpoint: name and version of the weights. image: the volume's name.
    notes: sentences the reader must see, such as that fewer masks than asked agree with the clicks.
    seconds: how long sampling took.
    """

    masks: np.ndarray
    box: Box
    shape: Index
    affine: np.ndarray
    request: Request
    checkpoint: str
    image: str = "image"
    notes: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    def on_grid(self, values: np.ndarray) -> np.ndarray:
        """`values` (a, b, c) of the box put into an otherwise zero array (I, J, K) of the same dtype."""
        full = np.zeros(self.shape, dtype=values.dtype)
        full[self.box.slices] = values
        return full

    @cached_property
    def probability(self) -> np.ndarray:
        """Mean over the samples, float32 (a, b, c) in [0, 1]."""
        return self.masks.mean(axis=0, dtype=np.float32)

    @cached_property
    def consensus(self) -> np.ndarray:
        """Voxels that more than half of the samples cover, bool (a, b, c)."""
        return self.probability > 0.5

    @cached_property
    def unanimous(self) -> np.ndarray:
        """Voxels that all samples cover, bool (a, b, c)."""
        return self.masks.all(axis=0)

    @cached_property
    def possible(self) -> np.ndarray:
        """Voxels that any sample covers, bool (a, b, c)."""
        return self.masks.any(axis=0)

    @cached_property
    def disagreement(self) -> np.ndarray:
        """Entropy of the mean in bits, -p log2 p - (1-p) log2 (1-p), float32 (a, b, c): 0 where all agree, 1 where they split evenly."""
        p = self.probability.astype(np.float64)
        q = 1.0 - p
        with np.errstate(divide="ignore", invalid="ignore"):
            bits = -np.where(p > 0, p * np.log2(p), 0.0) - np.where(q > 0, q * np.log2(q), 0.0)
        return bits.astype(np.float32)
