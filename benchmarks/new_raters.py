"""How soon retraining brings the samples to a site's own raters, and what that costs on the raters the checkpoint was published with.

    .venv/bin/python benchmarks/new_raters.py --data DIR -o OUT [--checkpoint FILE] [--steps 600] [--crops 200 | --all] [--shuffled]

DIR holds the LIDC crops. The site is simulated on the patients of the split val, whom no shipped checkpoint has learnt from. Four new
raters read them with a bias of their own: larger by two pixels all round, spiculations included (what either of two radiologists drew),
and lesions below a size of each rater's own ignored (3.5, 4.0, 4.5 and 5.0 mm). The checkpoint is retrained on 30 patients as `main.py
retrain` does, and measured on the patients left: GED against the new raters, before and after. What the published raters lose is measured
on crops of the split test, once with the group `published` and once with the group `site`.

--shuffled trains on masks that belong to other crops instead: the gate must refuse that model.
Writes OUT/new_raters.json (or OUT/shuffled.json); started again on the same OUT it goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps")]

from ssb.datasets.crops import CropSet, pack_masks  # noqa: E402 (needs the path above)
from ssb.datasets.lidc import Nodule, iter_nodules  # noqa: E402

SEED = 0
IMAGES = 30
LARGER = 2
"""Pixels."""
IGNORED_MM = (3.5, 4.0, 4.5, 5.0)
"""Below which diameter each new rater ignores a lesion."""
USUAL_SPACING = 0.7
"""mm a pixel, where the metadata lack it."""


def diameter(nodule: Nodule) -> float:
    """Of the circle as large as the nodule's largest cut, in mm; the median of the radiologists who drew it."""
    areas = nodule.masks.sum(axis=(2, 3)).max(axis=1)
    spacing = nodule.spacing_mm if np.isfinite(nodule.spacing_mm) else USUAL_SPACING
    return float(2 * np.sqrt(np.median(areas[areas > 0]) / np.pi) * spacing) if areas.any() else 0.0


def read_again(nodule: Nodule) -> np.ndarray:
    """The masks (4, S, 128, 128) bool of the new raters: the first follows radiologists 1 and 2, the second 2 and 3, and so on."""
    disc = np.hypot(*np.indices((2 * LARGER + 1,) * 2) - LARGER) <= LARGER + 0.5
    both = nodule.masks | np.roll(nodule.masks, -1, axis=0)
    larger = ndimage.binary_dilation(both, disc[None, None])
    return larger & (diameter(nodule) >= np.array(IGNORED_MM))[:, None, None, None]


def site_crops(nodules: Iterable[Nodule], name: str) -> CropSet:
    """The crops of some nodules as the new raters read them."""
    kept = list(nodules)
    counts = [len(nodule.images) for nodule in kept]
    return CropSet(
        name,
        np.concatenate([nodule.images for nodule in kept]),
        np.concatenate([pack_masks(read_again(nodule)) for nodule in kept]),
        [nodule.name for nodule, count in zip(kept, counts, strict=True) for _ in range(count)],
        [nodule.patient for nodule, count in zip(kept, counts, strict=True) for _ in range(count)],
        [k for count in counts for k in range(count)],
        len(IGNORED_MM),
    )
