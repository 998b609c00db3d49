"""How well a method's samples match several raters on crops: one road for the bridge and its rivals."""

from __future__ import annotations

import hashlib
import time

import numpy as np
import torch
from tqdm import tqdm

from ssb.crop_scores import CropScores, Evaluation
from ssb.datasets.crops import Crop, CropSet
from ssb.geometry import Region
from ssb.method import Method
from ssb.metrics import set_scores
from ssb.options import Options
from ssb.representatives import representatives
from ssb.slices import reaches_edge
from ssb.volumes.volume import Volume


def evaluate(
    method: Method, crops: CropSet, options: Options, limit: int | None = None, *, name: str, show_progress: bool = True
) -> Evaluation:
    """Score the method's samples on every crop of a split, or on a random part of `limit` crops that the seed chooses.

    Every crop counts, those without any mask too, and each of its raters, whose mask may be empty. The masks
    are compared on the crop's own grid, as they were drawn. name: of the checkpoint. options: its guidance is only noted, what is drawn
    follows the method's preset. show_progress: a bar on stderr.
    """
    started = time.monotonic()
    sampler = CropSampler(method, options.samples, options.nfe, options.seed)
    rows = []
    for index in tqdm(chosen(len(crops), limit, options.seed), desc="evaluating", unit="crop", disable=not show_progress):
        crop = crops[int(index)]
        scores = set_scores(sampler.masks(crop), crop.masks)
        rows.append(CropScores(crop.nodule, crop.patient, crop.slice_index, bool(crop.masks.any()), scores))
    return Evaluation(tuple(rows), options, crops.split, name, str(method.device), time.monotonic() - started)


def chosen(count: int, limit: int | None, seed: int) -> np.ndarray:
    """The crops to score, as growing indices below `count`: all without a limit. A larger limit of the same seed keeps the smaller's."""
    if limit is None:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).permutation(count)[:limit])


class CropSampler:
    """Masks of crops, seen by the method as the slices of a volume are: the same window and scaling, the region first.

    The crops of one nodule share their seed, as the slices of one request do; other nodules get another (our choice).
    """

    def __init__(self, method: Method, samples: int, nfe: int, seed: int) -> None:
        self.method, self.samples, self.nfe, self.seed = method, samples, nfe, seed

    def masks(self, crop: Crop) -> np.ndarray:
        """(N, row, column) bool on the crop's own grid, chosen from the method's candidates."""
        each = self.method.candidates(self.nfe)
        found = self._candidates(crop, self.samples * each)
        return found[representatives(found, self.samples, each)]

    def _candidates(self, crop: Crop, count: int) -> np.ndarray:
        """(C, row, column) bool; masks that reach the edge of the region are those of the whole window."""
        region = crop_region(crop, self.method)
        window, seed = region.window(0), nodule_seed(self.seed, crop.nodule)
        side, width = len(window), self.method.preset.region
        edge = (side - width) // 2
        middle = slice(edge, side - edge)
        found = self._draw(window[middle, middle], count, seed)
        masks = np.pad(found, ((0, 0), (edge, edge), (edge, edge)))
        members = np.flatnonzero(reaches_edge(found))
        if len(members) and edge:
            masks[members] = self._draw(window, int(members[-1]) + 1, seed)[members]
        own, box = region.put_back(masks[:, None], 0)
        columns, rows, _ = box.slices
        full = np.zeros((len(own), *crop.image.shape), dtype=bool)
        full[:, rows, columns] = own[..., 0].transpose(0, 2, 1)
        return full

    def _draw(self, image: np.ndarray, count: int, seed: int) -> np.ndarray:
        inputs = torch.from_numpy(np.ascontiguousarray(image))[None, None].to(self.method.device)
        return self.method.draw(inputs, count, seed, self.nfe).numpy() > 0.5


def crop_region(crop: Crop, method: Method) -> Region:
    """The crop as the surroundings of a click on its middle."""
    image = crop.image.T[:, :, None]
    middle = (image.shape[0] // 2, image.shape[1] // 2, 0)
    # A crop's own spacing does not matter: the network sees the pixels as they are, which any spacing it was trained with gives.
    spacing = method.preset.resample_mm
    return Region(Volume(image, np.diag([spacing, spacing, 1.0, 1.0])), middle, method.preset)


def nodule_seed(seed: int, nodule: str) -> int:
    """The seed of one nodule's samples, 0..2^31 - 1, a function of the evaluation's seed and its name alone."""
    return int.from_bytes(hashlib.sha256(f"{seed} {nodule}".encode()).digest()[:4], "big") >> 1
