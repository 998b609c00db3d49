"""The scores of a set of crops: their means, their intervals over patients, and the two files that hold them."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ssb import __version__
from ssb.atomic import replaced
from ssb.metrics import patient_interval
from ssb.options import Options


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
            "raters": self.options.raters,
            "split": self.split,
            "checkpoint": self.checkpoint,
            "device": self.device,
            "seconds": round(self.seconds, 1),
            "version": __version__,
        }

    def _named(self, numbers: np.ndarray) -> dict[str, float]:
        return dict(zip(self.crops[0].scores, map(float, numbers), strict=True))


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


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean of each column without its NaN values; NaN for a column of nothing else."""
    defined = ~np.isnan(values)
    count = defined.sum(axis=0)
    return np.divide(np.where(defined, values, 0.0).sum(axis=0), count, out=np.full(len(count), np.nan), where=count > 0)


def _defined(values: dict[str, float]) -> dict[str, float | None]:
    return {key: value if np.isfinite(value) else None for key, value in values.items()}
