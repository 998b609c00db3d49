"""LIDC-IDRI lung nodules in the crop layout: axial crops of 128 x 128 with up to four radiologists' masks.

Layout: `nodules.csv` (columns split, id, patient, slices, pixel_spacing_mm, slice_thickness_mm ...), `nodules/<id>.png` (8-bit,
the S crops of a nodule stacked vertically) and `nodules/<id>_masks.png` (same layout, bit j of a pixel = mask of slot j). Every
crop was scaled to 0..255 by its own minimum and maximum. An empty slot counts as an empty mask.

One crop in nine holds padding from outside the scan circle (-2000 to -3024 HU), which squeezed its tissue into the upper greys. Such
a crop has zeros and then a gap of 30 and more unused grey levels: it is stretched again as if the padding had been air, which is what
happens to a volume at inference (`ssb.geometry.tissue_range`).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from ssb.errors import InputError, NotFoundError
from ssb.geometry import tissue_range

RATERS = 4
SIDE = 128


@dataclass(frozen=True)
class Nodule:
    """One nodule's stack of crops.

    images: (S, 128, 128) uint8, axes slice, row, column. masks: (4, S, 128, 128) bool.
    spacing_mm: pixel spacing in the plane; thickness_mm: slice thickness. NaN where the metadata lack it.
    """

    name: str
    patient: str
    spacing_mm: float
    thickness_mm: float
    images: np.ndarray
    masks: np.ndarray


@dataclass(frozen=True)
class Crop:
    """One slice of a nodule: image (128, 128) uint8 and masks (4, 128, 128) bool."""

    nodule: str
    patient: str
    slice_index: int
    image: np.ndarray
    masks: np.ndarray


def restretch(crop: np.ndarray) -> np.ndarray:
    """A crop (128, 128) uint8 without its padding: the lowest grey level of the tissue becomes 0; unchanged where there is none."""
    low, high = tissue_range(crop)
    if low == crop.min() or high < 255:
        return crop
    return np.floor((np.maximum(crop, low) - low) * (255.0 / (high - low)) + 0.5).astype(np.uint8)


def _number(text: str) -> float:
    return float(text) if text.strip() else float("nan")


def _stack(path: Path, slices: int) -> np.ndarray:
    try:
        pixels = np.asarray(Image.open(path))
    except (FileNotFoundError, UnidentifiedImageError, OSError) as error:
        raise InputError(f"The crops {path.name} cannot be read: the file is missing or broken.") from error
    if pixels.shape != (slices * SIDE, SIDE) or pixels.dtype != np.uint8:
        raise InputError(f"The crops {path.name} have shape {pixels.shape}: expected {slices} 8-bit crops of {SIDE} x {SIDE}, stacked.")
    return pixels.reshape(slices, SIDE, SIDE)


def iter_nodules(root: Path, split: str) -> Iterator[Nodule]:
    """The nodules of one split in the order of nodules.csv, read one by one."""
    table = root / "nodules.csv"
    if not table.is_file():
        raise NotFoundError(f"There is no nodules.csv in {root}: give the folder of the LIDC crops.")
    with table.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    splits = sorted({row["split"] for row in rows})
    if split not in splits:
        raise InputError(f"There is no split '{split}' in {table.name}: choose one of {', '.join(splits)}.")
    for row in rows:
        if row["split"] == split:
            stored = _stack(root / "nodules" / f"{row['id']}.png", int(row["slices"]))
            images = np.stack([restretch(crop) for crop in stored])
            bits = _stack(root / "nodules" / f"{row['id']}_masks.png", int(row["slices"]))
            masks = np.stack([(bits >> slot & 1).astype(bool) for slot in range(RATERS)])
            spacing, thickness = _number(row["pixel_spacing_mm"]), _number(row["slice_thickness_mm"])
            yield Nodule(row["id"], row["patient"], spacing, thickness, images, masks)


class LidcCrops:
    """All crops of one split, held in memory as (n, 128, 128) arrays.

    images: uint8. bits: uint8, bit j = slot j. nodules, patients: names, one a crop; slices: index within the nodule.
    """

    def __init__(self, root: Path, split: str) -> None:
        self.split = split
        images, bits = [], []
        self.nodules: list[str] = []
        self.patients: list[str] = []
        self.slices: list[int] = []
        weights = (1 << np.arange(RATERS, dtype=np.uint8)).reshape(RATERS, 1, 1, 1)
        for nodule in iter_nodules(root, split):
            images.append(nodule.images)
            bits.append((nodule.masks * weights).sum(axis=0, dtype=np.uint8))
            self.nodules += [nodule.name] * len(nodule.images)
            self.patients += [nodule.patient] * len(nodule.images)
            self.slices += range(len(nodule.images))
        self.images = np.concatenate(images)
        self.bits = np.concatenate(bits)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Crop:
        masks = np.stack([(self.bits[index] >> slot & 1).astype(bool) for slot in range(RATERS)])
        return Crop(self.nodules[index], self.patients[index], self.slices[index], self.images[index], masks)
