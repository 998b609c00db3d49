"""From the annotation store to crops: image after image, so that the memory needed is that of the largest image, not of the site."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ssb.annotations.annotation import Annotation
from ssb.annotations.store import AnnotationStore
from ssb.datasets.crops import MOST_RATERS, SIDE, pack_masks
from ssb.datasets.splits import name_share
from ssb.datasets.study import Skipped
from ssb.datasets.study_crops import LesionCrops, MarkedLesion, cut_lesion
from ssb.errors import InputError, SSBError
from ssb.plausible import Box
from ssb.presets import Preset
from ssb.raters.lesions import match_lesions
from ssb.raters.sources import latest_readings
from ssb.retraining.stored_crops import Cutting, StoredCrops, forget_others, read_facts, write_cutting
from ssb.volumes.volume import Volume

RULE = 2
"""Part of a cutting's key: raised when this module cuts differently."""

REACH_MM = 5.0
"""From a click to a mark that may be its answer (our choice: the region of a click is wider, and shows the marked lesion too)."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class SiteCrops:
    """The crops of a site: of the images to learn from, and of those held out.

    images: the ids of both that have a crop. raters: whose annotations they are. skipped: what was left out. empty: the ids of the images
    that all raters looked at and marked nothing in, and where no click is known that they answered so: these give no crop.
    """

    training: StoredCrops
    held_out: StoredCrops
    images: tuple[str, ...]
    raters: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    empty: tuple[str, ...]


def site_crops(
    store: AnnotationStore,
    volume_of: Callable[[str], Volume],
    cache: Path,
    preset: Preset,
    *,
    raters: Sequence[str] = (),
    validation: float = 0.2,
    on_progress: Progress = lambda done, of: None,
) -> SiteCrops:
    """Cut each lesion that somebody marked, with the newest mask of every rater who looked at the image; an empty one counts.

    So does a click that a rater asked a sample set for and then answered with nothing, where nobody else marked anything either: without
    it no model could learn which lesions these raters ignore (our choice: its one slice, since nobody said how far it reaches).

    volume_of: reads an image by its id; only where it must be cut. cache: the folder that keeps the crops; of one process at a time.
    raters: whose annotations count; all where empty. validation: the share of images held out, by a hash of their ids, so that an image
    that was held out once is never learnt from later. on_progress: told after each image how many of how many are done.
    Of more than eight raters who looked at an image, eight are taken for each lesion, drawn at random but for ever the same (our choice).
    Errors: InputError where a rater is unknown or nobody marked anything. An image that cannot be read is in `skipped`.
    """
    known = sorted({rater for image in store.images() for rater in store.raters(image)})
    for rater in raters:
        if rater not in known:
            raise InputError(f"There is no annotation of rater '{rater}': choose among {', '.join(known) or 'nobody, so far'}.")
    found: dict[str, Cutting] = {}
    skipped: list[Skipped] = []
    seen: set[str] = set()
    images = store.images()
    for number, image in enumerate(images, start=1):
        try:
            latest = [one for rater in store.raters(image) if (not raters or rater in raters) and (one := store.latest(image, rater))]
            if latest:
                key = _key(latest, preset)
                found[key] = read_facts(cache, key) or _cut(store, volume_of(image), latest, preset, cache, key)
                seen |= {one.rater for one in latest}
        except SSBError as error:
            skipped.append(Skipped(image, str(error)))
        on_progress(number, len(images))
    forget_others(cache, set(found))
    if not any(facts.slices for facts in found.values()):
        reason = f", and the first image left out says: {skipped[0].reason}" if skipped else ""
        raise InputError(f"There is nothing to learn from: no annotation marks a lesion{reason or '.'}")
    parts = {side: {key: facts for key, facts in found.items() if _held_out(facts, validation) == side} for side in (False, True)}
    return SiteCrops(
        StoredCrops("training", cache, parts[False]),
        StoredCrops("held out", cache, parts[True]),
        tuple(facts.image for facts in found.values() if facts.slices),
        tuple(sorted(seen)),
        tuple(skipped),
        tuple(facts.image for facts in found.values() if not facts.slices),
    )


def _held_out(facts: Cutting, validation: float) -> bool:
    return name_share(facts.image) < validation


def _key(latest: Sequence[Annotation], preset: Preset) -> str:
    """Changes with the image, the raters, their versions, and what decides how crops are cut."""
    rule = [RULE, SIDE, preset.spacing_mm, preset.resample_mm, preset.intensity_floor]
    said = [[one.image, one.rater, one.version, one.sha256, one.origin.click] for one in latest]
    return hashlib.sha256(json.dumps([rule, said]).encode()).hexdigest()[:24]


def _cut(store: AnnotationStore, volume: Volume, latest: list[Annotation], preset: Preset, cache: Path, key: str) -> Cutting:
    image = latest[0].image
    readings = latest_readings(store, image, latest)
    if readings.masks.shape[1:] != volume.shape or not np.allclose(readings.affine, volume.affine, atol=1e-3):
        raise InputError(f"The annotations of image '{image}' lie on another grid than the image: it was exchanged after they were made.")
    lesions = [*match_lesions(readings.masks), *_clicked_in_vain(latest, readings.masks, volume)]
    cuts = [(number, cut_lesion(volume, lesion, preset)) for number, lesion in enumerate(lesions)]
    count = min(len(latest), MOST_RATERS)
    facts = Cutting(image, count, [number for number, cut in cuts for _ in cut.slices], [k for _, cut in cuts for k in cut.slices])
    nothing = np.zeros((0, SIDE, SIDE), dtype=np.uint8)
    images = np.concatenate([nothing, *(cut.images for _, cut in cuts)])
    bits = np.concatenate([nothing, *(pack_masks(_at_most_eight(cut, image, number)) for number, cut in cuts)])
    write_cutting(cache, key, facts, images, bits)
    return facts


def _clicked_in_vain(latest: Sequence[Annotation], masks: np.ndarray, volume: Volume) -> list[MarkedLesion]:
    """Clicks, each once, with no mark of any rater (M, I, J, K) within REACH_MM, nor another such click."""
    marked = np.argwhere(masks.any(axis=0)) * volume.spacing
    found: list[MarkedLesion] = []
    for click in sorted({one.origin.click for one in latest if one.origin.click is not None}):
        near = [marked, *(np.array([one.centre]) * volume.spacing for one in found)]
        if np.linalg.norm(np.concatenate(near) - np.multiply(click, volume.spacing), axis=1).min(initial=np.inf) > REACH_MM:
            i, j, k = volume.check_index(click)
            found.append(MarkedLesion((i, j, k), Box((i, j, k), (i + 1, j + 1, k + 1)), np.zeros((len(masks), 1, 1, 1), dtype=bool)))
    return found


def _at_most_eight(cut: LesionCrops, image: str, lesion: int) -> np.ndarray:
    if len(cut.masks) <= MOST_RATERS:
        return cut.masks
    seed = int.from_bytes(hashlib.sha256(f"{image} {lesion}".encode()).digest()[:8], "big")
    return cut.masks[np.sort(np.random.default_rng(seed).permutation(len(cut.masks))[:MOST_RATERS])]
