"""One text names a data set: lidc:DIR, site:DIR, coca:DIR, phantom:COUNT or phantom:SEED,COUNT."""

from __future__ import annotations

import re
from pathlib import Path

from tqdm import tqdm

from ssb.datasets.coca import CocaStudies
from ssb.datasets.crops import CropSet
from ssb.datasets.lidc import LidcCrops
from ssb.datasets.phantom_crops import PhantomCrops
from ssb.datasets.site import SiteStudies
from ssb.datasets.splits import SPLITS
from ssb.datasets.study_crops import study_crops
from ssb.errors import InputError, NotFoundError
from ssb.presets import Preset

FORMS = "lidc:DIR, site:DIR, coca:DIR, phantom:COUNT or phantom:SEED,COUNT"
MOST_PHANTOMS = 10_000


def open_crops(data: str, split: str | None, preset: Preset, *, show_progress: bool = True) -> CropSet:
    """The crops that `data` names, of one split, read or made now.

    split: for lidc one of nodules.csv and needed; for site and coca train, val or test (by a hash of the study's id), and all studies where
        None; phantoms have none.
    preset: says at which pixel spacing the network sees an image; crops of other images are resampled.
    show_progress: a bar on stderr. What the readers of site and coca left out is in the crops' `skipped`.
    Errors: InputError for another text or split, NotFoundError for a missing folder, and those of the readers.
    """
    kind, _, rest = data.partition(":")
    if kind not in ("lidc", "site", "coca", "phantom") or not rest:
        raise InputError(f"The data '{data}' is not known: give {FORMS}.")
    if kind == "phantom":
        seed, count = _seed_and_count(rest)
        if split is not None:
            raise InputError(f"The phantom has no split '{split}': leave the split out and give other seeds for other phantoms.")
        return PhantomCrops(seed, count, preset, show_progress=show_progress)
    root = Path(rest)
    if not root.is_dir():
        raise NotFoundError(f"There is no folder '{rest}'.")
    if kind == "lidc":
        if split is None:
            raise InputError("The data lidc:DIR need a split: give --split train, val or test.")
        return LidcCrops(root, split)
    if split not in (None, *SPLITS):
        raise InputError(f"There is no split '{split}': choose one of {', '.join(SPLITS)}, or none for all studies.")
    studies = SiteStudies(root) if kind == "site" else CocaStudies(root)
    crops = study_crops(tqdm(studies, desc=f"reading {kind}", unit="study", disable=not show_progress), preset, split or "all")
    crops.skipped = tuple(studies.skipped)
    return crops


def _seed_and_count(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(?:(\d{1,9}),)?(\d{1,9})", text, re.ASCII)
    if not found or not 1 <= int(found[2]) <= MOST_PHANTOMS:
        raise InputError(f"The phantoms '{text}' are not known: give COUNT or SEED,COUNT with COUNT from 1 to {MOST_PHANTOMS}.")
    return int(found[1] or 0), int(found[2])
