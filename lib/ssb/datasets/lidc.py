"""LIDC-IDRI lung nodules in the crop layout: axial crops of 128 x 128 with up to four radiologists' masks.

Layout: `nodules.csv` (columns split, id, patient, slices, pixel_spacing_mm, slice_thickness_mm ...), `nodules/<id>.png` (8-bit,
the S crops of a nodule stacked vertically) and `nodules/<id>_masks.png` (same layout, bit j of a pixel = mask of slot j). Every
crop was scaled to 0..255 by its own minimum and maximum. An empty slot counts as an empty mask.

`<id>.png` may be 16-bit instead, as `ssb.datasets.lidc_prepare` writes it: HU + 32768, 0 beyond the image. Such a crop is scaled as a
volume is at inference, see `scale_hu`.

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

from ssb.datasets.crops import SIDE, CropSet, pack_masks, scale_to_bytes
from ssb.datasets.lidc_nodules import HU_OFFSET
from ssb.errors import InputError, NotFoundError
from ssb.geometry import tissue_range
from ssb.presets import preset_named

RATERS = 4
_FLOOR = preset_named("lung_nodule_ct").intensity_floor


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


def restretch(crop: np.ndarray) -> np.ndarray:
    """A crop (128, 128) uint8 without its padding: the lowest grey level of the tissue becomes 0; unchanged where there is none."""
    low, high = tissue_range(crop)
    if low == crop.min() or high < 255:
        return crop
    return scale_to_bytes(crop, low, high)


def scale_hu(stored: np.ndarray) -> np.ndarray:
    """A stored crop (128, 128) uint16 as uint8, by the rule of `ssb.geometry.Region.window`: pixels beyond the image become 0."""
    values = np.where(stored > 0, np.maximum(stored.astype(np.float64) - HU_OFFSET, _FLOOR), np.nan)
    return scale_to_bytes(np.nan_to_num(values, nan=_FLOOR), *tissue_range(values))


def _number(text: str) -> float:
    return float(text) if text.strip() else float("nan")


def _stack(path: Path, slices: int, kinds: tuple[type, ...] = (np.uint8,)) -> np.ndarray:
    try:
        pixels = np.asarray(Image.open(path))
    except (FileNotFoundError, UnidentifiedImageError, OSError) as error:
        raise InputError(f"The crops {path.name} cannot be read: the file is missing or broken.") from error
    if pixels.shape != (slices * SIDE, SIDE) or pixels.dtype not in kinds:
        bits = " or ".join(f"{8 * np.dtype(kind).itemsize}-bit" for kind in kinds)
        raise InputError(f"The crops {path.name} have shape {pixels.shape}: expected {slices} {bits} crops of {SIDE} x {SIDE}, stacked.")
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
            stored = _stack(root / "nodules" / f"{row['id']}.png", int(row["slices"]), (np.uint8, np.uint16))
            images = np.stack([(restretch if stored.dtype == np.uint8 else scale_hu)(crop) for crop in stored])
            bits = _stack(root / "nodules" / f"{row['id']}_masks.png", int(row["slices"]))
            masks = np.stack([(bits >> slot & 1).astype(bool) for slot in range(RATERS)])
            spacing, thickness = _number(row["pixel_spacing_mm"]), _number(row["slice_thickness_mm"])
            yield Nodule(row["id"], row["patient"], spacing, thickness, images, masks)


class LidcCrops(CropSet):
    """All crops of one split, with four rater slots. Errors: those of `iter_nodules`."""

    title = "LIDC-IDRI crops"
    raters = RATERS

    def __init__(self, root: Path, split: str) -> None:
        images, bits = [], []
        nodules: list[str] = []
        patients: list[str] = []
        slices: list[int] = []
        for nodule in iter_nodules(root, split):
            images.append(nodule.images)
            bits.append(pack_masks(nodule.masks))
            nodules += [nodule.name] * len(nodule.images)
            patients += [nodule.patient] * len(nodule.images)
            slices += range(len(nodule.images))
        super().__init__(split, np.concatenate(images), np.concatenate(bits), nodules, patients, slices, RATERS)
