"""Crops around the lesions of any set of 3-D studies: a site's folder, COCA, anything that yields `Study`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from ssb.datasets.crops import MOST_RATERS, SIDE, CropSet, pack_masks, repeat_present, scale_to_bytes
from ssb.datasets.splits import hashed_split
from ssb.datasets.study import Study
from ssb.errors import InputError
from ssb.geometry import Region
from ssb.plausible import Box, Index
from ssb.presets import Preset
from ssb.volumes.volume import Volume

_TOUCHING = np.ones((3, 3, 3), dtype=bool)


@dataclass(frozen=True)
class MarkedLesion:
    """One lesion: its middle as a voxel of the image's own grid, and what each of M raters drew of it, (M, a, b, c) bool inside `box`."""

    centre: Index
    box: Box
    masks: np.ndarray


@dataclass(frozen=True)
class LesionCrops:
    """One lesion's crops: images (S, 128, 128) uint8, masks (M, S, 128, 128) bool; slices: their indices from the feet up."""

    images: np.ndarray
    masks: np.ndarray
    slices: list[int]


def lesions_of(masks: np.ndarray) -> Iterator[MarkedLesion]:
    """The connected parts (26 neighbours) of the union of the raters' masks (M, I, J, K), each with what every rater drew of it.

    One lesion a part, in 3-D: our choice, so that raters who drew one lesion differently stay together, and its slices too.
    """
    parts, _ = ndimage.label(masks.any(axis=0), structure=_TOUCHING)
    for label, (i, j, k) in enumerate(ndimage.find_objects(parts), start=1):
        box = Box((i.start, j.start, k.start), (i.stop, j.stop, k.stop))
        centre = (i.start + i.stop) // 2, (j.start + j.stop) // 2, (k.start + k.stop) // 2
        yield MarkedLesion(centre, box, masks[:, i, j, k] & (parts[i, j, k] == label))


def cut_lesion(volume: Volume, lesion: MarkedLesion, preset: Preset) -> LesionCrops:
    """Axial crops of 128 x 128 around a lesion, of the slices that some rater marked; where nobody marked any, of its centre's.

    They are what the network sees at a click on the lesion's centre (`ssb.geometry.Region`): the image's own pixels where its in-plane
    spacing is square and in the preset's range, else interpolated to `preset.resample_mm`; each scaled to 0..255 by its own range.
    Interpolated masks are where the linearly interpolated mask reaches one half; a mask that does not fit is cut off at the edge.
    """
    region = Region(volume, lesion.centre, replace(preset, window=SIDE))
    steps = np.arange(SIDE) - SIDE // 2
    across, down = (region.click[axis] + steps * region.pixel[axis] / region.spacing[axis] for axis in range(2))
    grid = np.meshgrid(across, down, indexing="ij")
    marked = _turned(lesion.masks.any(axis=0), lesion, region, volume)
    slices = [int(k) for k in np.flatnonzero(marked.any(axis=(0, 1)))] or [region.click[2]]
    masks = np.zeros((len(lesion.masks), len(slices), SIDE, SIDE), dtype=bool)
    for rater, mask in enumerate(lesion.masks):
        turned = _turned(mask, lesion, region, volume)
        for n, k in enumerate(slices):
            masks[rater, n] = ndimage.map_coordinates(turned[:, :, k].astype(np.float32), grid, order=1).T >= 0.5
    return LesionCrops(np.stack([scale_to_bytes(region.window(k), -1.0, 1.0) for k in slices]), masks, slices)


def _turned(mask: np.ndarray, lesion: MarkedLesion, region: Region, volume: Volume) -> np.ndarray:
    """A mask inside the lesion's box as one on the whole grid, axes left, back, head."""
    full = np.zeros(volume.shape, dtype=bool)
    full[lesion.box.slices] = mask
    return region.axes.turn(full)


def study_crops(studies: Iterable[Study], preset: Preset, split: str) -> CropSet:
    """The crops of all lesions of the studies of a split, each study a patient.

    split: train, val or test by `hashed_split` of the study's id, or all. Studies that nobody marked have no lesion and so no crop.
    Of raters who are absent from a study see `CropSet.present`.
    Errors: InputError for more than eight raters, and where no crop is left.
    """
    images, bits, present = [], [], []
    nodules: list[str] = []
    patients: list[str] = []
    slices: list[int] = []
    raters = 0
    for study in studies:
        raters = len(study.raters)
        if raters > MOST_RATERS:
            raise InputError(f"There are {raters} raters, but crops have room for {MOST_RATERS}: leave some folders out.")
        if split not in ("all", hashed_split(study.id)):
            continue
        for number, lesion in enumerate(lesions_of(study.masks)):
            cut = cut_lesion(study.volume, lesion, preset)
            images.append(cut.images)
            bits.append(pack_masks(repeat_present(cut.masks, study.present)))
            present += [pack_masks(np.array(study.present))] * len(cut.slices)
            nodules += [f"{study.id}_n{number:02d}"] * len(cut.slices)
            patients += [study.id] * len(cut.slices)
            slices += cut.slices
    if not images:
        raise InputError(f"There is no lesion in the split '{split}': nobody marked anything in its studies.")
    return CropSet(split, np.concatenate(images), np.concatenate(bits), nodules, patients, slices, raters, np.array(present))
