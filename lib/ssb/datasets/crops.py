"""Crops of any data set in memory, as training and evaluation take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ssb.datasets.study import Skipped

SIDE = 128
MOST_RATERS = 8
"""Raters that the bits of one byte a pixel can tell apart."""


@dataclass(frozen=True)
class Crop:
    """One slice of a lesion: image (128, 128) uint8 and the masks (M, 128, 128) bool of the M raters who rated it."""

    nodule: str
    patient: str
    slice_index: int
    image: np.ndarray
    masks: np.ndarray


class Rows(Protocol):
    """What crops are read from, one at a time: an array (n, 128, 128) in memory, or files that are read when a crop is asked for."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> np.ndarray: ...


class CropSet:
    """All crops of one split as (n, 128, 128) arrays, axes crop, row, column, held in memory or read one by one.

    title: what they are crops of, for the records of what was trained on them.
    images: uint8. bits: uint8, bit j = rater slot j, slots 0 .. raters - 1. raters: 1 to 8.
    nodules, patients: names, one a crop; slices: index within the lesion, growing to the head.
    present: (n,) uint8, bit j = the rater of slot j rated this image; None where every slot counts, as it does in LIDC. The slot of an
        absent rater repeats the mask of a present one (see `repeat_present`), so that training never takes absent for empty.
    skipped: what the data set's reader left out.
    """

    title = "crops"
    raters: int
    present: np.ndarray | None = None
    skipped: tuple[Skipped, ...] = ()

    def __init__(
        self,
        split: str,
        images: Rows,
        bits: Rows,
        nodules: list[str],
        patients: list[str],
        slices: list[int],
        raters: int,
        present: np.ndarray | None = None,
    ) -> None:
        self.split, self.images, self.bits = split, images, bits
        self.nodules, self.patients, self.slices = nodules, patients, slices
        self.raters, self.present = raters, present

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Crop:
        rated = 2**self.raters - 1 if self.present is None else int(self.present[index])
        masks = np.stack([(self.bits[index] >> slot & 1).astype(bool) for slot in range(self.raters) if rated >> slot & 1])
        return Crop(self.nodules[index], self.patients[index], self.slices[index], self.images[index], masks)


def pack_masks(masks: np.ndarray) -> np.ndarray:
    """Masks (M, ...) bool of at most 8 raters as uint8 (...), bit j = masks[j]; a ValueError for more."""
    if len(masks) > MOST_RATERS:
        raise ValueError(f"at most {MOST_RATERS} raters fit into a byte, got {len(masks)}")
    weights = (1 << np.arange(len(masks), dtype=np.uint8)).reshape(-1, *[1] * (masks.ndim - 1))
    return (masks * weights).sum(axis=0, dtype=np.uint8)


def repeat_present(masks: np.ndarray, present: tuple[bool, ...]) -> np.ndarray:
    """Masks (M, ...) whose absent raters' entries repeat those of the present ones in turn; at least one rater is present."""
    known = np.flatnonzero(present)
    filled = masks.copy()
    for turn, slot in enumerate(np.flatnonzero(np.logical_not(present))):
        filled[slot] = masks[known[turn % len(known)]]
    return filled


def scale_to_bytes(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """`values` as uint8: low -> 0, high -> 255, rounded half up, what lies outside cut off.

    The rule of the public LIDC crops, down to the order of the operations: exact on all nine crops of LIDC-IDRI-0001's nodule.
    """
    if not high > low:
        return np.zeros(values.shape, dtype=np.uint8)
    scaled = (np.clip(values, low, high) - low) * (255.0 / (high - low))
    return np.floor(scaled + 0.5).astype(np.uint8)
