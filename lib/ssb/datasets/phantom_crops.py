"""Crops of phantoms, each with the distribution its raters draw from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from ssb.datasets.crops import CropSet, pack_masks
from ssb.datasets.phantom import Lesion, Phantom, make_phantom
from ssb.datasets.study_crops import MarkedLesion, cut_lesion
from ssb.presets import Preset

RATERS = 4
"""Raters drawn for each lesion, as many as LIDC-IDRI has (our choice)."""


@dataclass(frozen=True)
class Truth:
    """What the raters of a crop draw: masks (T, 128, 128) bool and the probability of each, which sum to 1."""

    masks: np.ndarray
    chances: np.ndarray


class PhantomCrops(CropSet):
    """Crops of the lesions of `count` phantoms, seeds seed .. seed + count - 1, each phantom a patient.

    A lesion has the slices that some rater might mark. Four raters are drawn for it from its truths, and all its slices share them: the
    choice of a rater holds for the lesion, not for the slice. Same arguments, same crops.
    truths: the distribution of each crop; choices: for each nodule the truths that its raters drew.
    """

    def __init__(self, seed: int, count: int, preset: Preset, *, show_progress: bool = True) -> None:
        images, bits = [], []
        nodules: list[str] = []
        patients: list[str] = []
        slices: list[int] = []
        self.truths: list[Truth] = []
        self.choices: dict[str, np.ndarray] = {}
        for number in tqdm(range(seed, seed + count), desc="making phantoms", unit="phantom", disable=not show_progress):
            phantom = make_phantom(number)
            rng = np.random.default_rng((number, RATERS))
            for order, lesion in enumerate(phantom.lesions):
                name = f"{phantom.volume.name}_n{order:02d}"
                truths, cut_images, cut_slices = _cut(phantom, lesion, preset)
                chosen = draw_truths(rng, truths[0].chances, RATERS)
                self.truths += truths
                self.choices[name] = chosen
                images.append(cut_images)
                bits.append(np.stack([pack_masks(truth.masks[chosen]) for truth in truths]))
                nodules += [name] * len(truths)
                patients += [phantom.volume.name] * len(truths)
                slices += cut_slices
        split = f"phantoms {seed} to {seed + count - 1}"
        super().__init__(split, np.concatenate(images), np.concatenate(bits), nodules, patients, slices, RATERS)


def draw_truths(rng: np.random.Generator, chances: np.ndarray, count: int) -> np.ndarray:
    """Indices (count,) of independent draws from the probabilities `chances` (T,)."""
    return rng.choice(len(chances), size=count, p=chances)


def _cut(phantom: Phantom, lesion: Lesion, preset: Preset) -> tuple[list[Truth], np.ndarray, list[int]]:
    masks = np.stack([mask[lesion.box.slices] for mask, _ in lesion.truths])
    chances = np.array([chance for _, chance in lesion.truths])
    cut = cut_lesion(phantom.volume, MarkedLesion(lesion.centre, lesion.box, masks), preset)
    return [Truth(cut.masks[:, k], chances) for k in range(len(cut.slices))], cut.images, cut.slices
