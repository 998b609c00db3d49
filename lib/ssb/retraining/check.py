"""A quick look at held-out crops while a run trains: for the person who watches it, not for the gate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch.nn.utils import parametrize

from ssb.datasets.crops import CropSet
from ssb.evaluation import CropSampler
from ssb.method import Method
from ssb.metrics import ged
from ssb.metrics.pairwise import dice_matrix

CROPS = 12
SAMPLES = 4


@dataclass(frozen=True)
class Check:
    """Means over at most 12 crops, evenly spread over the held-out ones, of 4 samples each (our choice: seconds on a CPU).

    dice: of the consensus with each rater, 0 to 1. ged: the usual biased form.
    """

    dice: float
    ged: float


def check(method: Method, crops: CropSet, seed: int) -> Check | None:
    """The check of the method on some of the crops; None where there is no crop."""
    if not len(crops):
        return None
    sampler = CropSampler(method, SAMPLES, method.preset.nfe, seed)
    rows = []
    with parametrize.cached():
        for index in np.unique(np.linspace(0, len(crops) - 1, CROPS).round().astype(int)):
            crop = crops[int(index)]
            masks = sampler.masks(crop)
            rows.append((dice_matrix((masks.mean(axis=0) > 0.5)[None], crop.masks).mean(), ged(masks, crop.masks)))
    dice, distance = np.mean(rows, axis=0)
    return Check(float(dice), float(distance))
