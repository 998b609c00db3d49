"""How well a model's samples match several raters on the LIDC crops."""

from __future__ import annotations

import csv
import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from ssb import __version__
from ssb.atomic import replaced
from ssb.checkpoint import Model
from ssb.datasets.lidc import Crop, LidcCrops
from ssb.geometry import Region
from ssb.metrics import patient_interval, set_scores
from ssb.options import Options
from ssb.sampling import BridgeSampler, Draws, steps_of
from ssb.slices import window_masks
from ssb.volumes.volume import Volume


@dataclass(frozen=True)
class CropScores:
    """The metrics of one crop; `scores` has the keys of `ssb.metrics.set_scores`. rated: whether any rater drew anything."""

    nodule: str
    patient: str
    slice_index: int
    rated: bool
    scores: dict[str, float]


@dataclass(frozen=True)
class Evaluation:
    """The scores of every crop, and what they were made with."""

    crops: tuple[CropScores, ...]
    options: Options
    split: str
    checkpoint: str
    device: str
    seconds: float

    @property
    def values(self) -> np.ndarray:
        """The scores as float64 (crops, metrics), metrics in the order of a crop's scores; NaN where one is not defined."""
        return np.array([list(crop.scores.values()) for crop in self.crops])

    def means(self) -> dict[str, float]:
        """Mean of each metric over all crops, those that no rater marked included. Undefined values are left out, NaN where all are."""
        return self._named(_mean(self.values))

    def nodule_means(self) -> dict[str, float]:
        """Mean over the nodules of the mean over a nodule's crops: a nodule of many slices counts as much as one of few."""
        values, names = self.values, np.array([crop.nodule for crop in self.crops])
        return self._named(_mean(np.array([_mean(values[names == name]) for name in np.unique(names)])))

    def intervals(self) -> dict[str, tuple[float, float]]:
        """Bootstrap interval of 95 % over the patients for each of `means`, low and high; NaN where fewer than two patients count.

        The resamples depend on the patients alone, so models that are evaluated on the same crops share them.
        """
        low, high = patient_interval(self.values, [crop.patient for crop in self.crops])
        return {key: (float(a), float(b)) for key, a, b in zip(self.crops[0].scores, low, high, strict=True)}

    def undefined(self) -> dict[str, int]:
        """Number of crops that the mean of a metric leaves out, for the metrics that leave any out."""
        counts = np.isnan(self.values).sum(axis=0)
        return {key: int(count) for key, count in zip(self.crops[0].scores, counts, strict=True) if count}

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types: the means under the metrics' names, `per_nodule`, `intervals`, `undefined`, counts and settings.

        A mean or an interval [low, high] that is not defined is None.
        """
        return {
            **_defined(self.means()),
            "per_nodule": _defined(self.nodule_means()),
            "intervals": {key: list(ends) if np.isfinite(ends).all() else None for key, ends in self.intervals().items()},
            "undefined": self.undefined(),
            "crops": len(self.crops),
            "crops_without_mask": sum(not crop.rated for crop in self.crops),
            "nodules": len({crop.nodule for crop in self.crops}),
            "patients": len({crop.patient for crop in self.crops}),
            "samples": self.options.samples,
            "nfe": self.options.nfe,
            "guidance": self.options.guidance,
            "seed": self.options.seed,
            "split": self.split,
            "checkpoint": self.checkpoint,
            "device": self.device,
            "seconds": round(self.seconds, 1),
            "version": __version__,
        }

    def _named(self, numbers: np.ndarray) -> dict[str, float]:
        return dict(zip(self.crops[0].scores, map(float, numbers), strict=True))


def evaluate(model: Model, crops: LidcCrops, options: Options, limit: int | None = None, *, show_progress: bool = True) -> Evaluation:
    """Score the model's samples on every crop of a split, or on a random part of `limit` crops that the seed chooses.

    Every crop counts, those without any mask too, and each of its four slots is a rater whose empty slot is an empty mask. The masks
    are compared on the crop's own grid, as they were drawn. show_progress: a bar on stderr.
    """
    started = time.monotonic()
    sampler = CropSampler(model, options)
    rows = []
    for index in tqdm(chosen(len(crops), limit, options.seed), desc="evaluating", unit="crop", disable=not show_progress):
        crop = crops[int(index)]
        scores = set_scores(sampler.masks(crop), crop.masks)
        rows.append(CropScores(crop.nodule, crop.patient, crop.slice_index, bool(crop.masks.any()), scores))
    return Evaluation(tuple(rows), options, crops.split, model.name, str(model.device), time.monotonic() - started)


def chosen(count: int, limit: int | None, seed: int) -> np.ndarray:
    """The crops to score, as growing indices below `count`: all without a limit. A larger limit of the same seed keeps the smaller's."""
    if limit is None:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).permutation(count)[:limit])


def write_evaluation(folder: Path, evaluation: Evaluation) -> tuple[Path, Path]:
    """Write metrics.json (means, intervals and settings) and crops.csv (one line a crop) into an existing folder; returns the two paths."""
    metrics, table = folder / "metrics.json", folder / "crops.csv"
    with replaced(metrics) as path:
        path.write_text(json.dumps(evaluation.as_dict(), indent=2) + "\n")
    with replaced(table) as path, path.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["nodule", "patient", "slice", "rated", *evaluation.crops[0].scores])
        for crop in evaluation.crops:
            lines.writerow([crop.nodule, crop.patient, crop.slice_index, int(crop.rated), *(f"{v:.6f}" for v in crop.scores.values())])
    return metrics, table


class CropSampler:
    """Masks of crops, seen by the network as the slices of a volume are: the same window, scaling and sampler.

    The crops of one nodule share their draws, as the slices of one request do; other nodules get other draws (our choice).
    """

    def __init__(self, model: Model, options: Options) -> None:
        self.model, self.options = model, options
        self.steps = steps_of(options.nfe, options.guidance)
        self.sampler = BridgeSampler(model.scheduler, self.steps, options.guidance)
        self._draws: dict[str, Draws] = {}

    def masks(self, crop: Crop) -> np.ndarray:
        """(N, row, column) bool on the crop's own grid."""
        image = crop.image.T[:, :, None]
        middle = (image.shape[0] // 2, image.shape[1] // 2, 0)
        # A crop's own spacing does not matter: the network sees the pixels as they are, which any spacing it was trained with gives.
        spacing = self.model.preset.resample_mm
        region = Region(Volume(image, np.diag([spacing, spacing, 1.0, 1.0])), middle, self.model.preset)
        found = window_masks(self.model, region.window(0), self.draws(crop.nodule), self.sampler)
        own, box = region.put_back(found[:, None], 0)
        columns, rows, _ = box.slices
        full = np.zeros((len(own), *crop.image.shape), dtype=bool)
        full[:, rows, columns] = own[..., 0].transpose(0, 2, 1)
        return full

    def draws(self, nodule: str) -> Draws:
        """The random numbers of a nodule's samples."""
        if nodule not in self._draws:
            seed = nodule_seed(self.options.seed, nodule)
            self._draws = {nodule: Draws.of_seed(seed, self.steps, self.model.preset.window, self.options.samples)}
        return self._draws[nodule]


def nodule_seed(seed: int, nodule: str) -> int:
    """The seed of one nodule's samples, 0..2^31 - 1, a function of the evaluation's seed and its name alone."""
    return int.from_bytes(hashlib.sha256(f"{seed} {nodule}".encode()).digest()[:4], "big") >> 1


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean of each column without its NaN values; NaN for a column of nothing else."""
    defined = ~np.isnan(values)
    count = defined.sum(axis=0)
    return np.divide(np.where(defined, values, 0.0).sum(axis=0), count, out=np.full(len(count), np.nan), where=count > 0)


def _defined(values: dict[str, float]) -> dict[str, float | None]:
    return {key: value if np.isfinite(value) else None for key, value in values.items()}
