"""The gate: a retrained model replaces the current one only where it is not worse on held-out images."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from ssb import __version__
from ssb.bridge_method import BridgeMethod
from ssb.checkpoint import Model
from ssb.datasets.crops import CropSet
from ssb.evaluation import CropSampler
from ssb.gate_rule import FEWEST_IMAGES, MEASURES, changes_of, sentence
from ssb.metrics.comparison import Comparison
from ssb.metrics.ddi import ddi_parts_of
from ssb.metrics.ged import ged_of
from ssb.metrics.pairwise import dice_matrix
from ssb.options import Options

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Verdict:
    """What the gate said.

    published: whether the new model may replace the old one. reason: one sentence with the figures. report: plain JSON types, with the
    keys old, new (names), images, crops, measures (see `ssb.gate_rule.Change`, by measure), per_image, and what it was made with.
    """

    published: bool
    reason: str
    report: dict[str, Any]


def judge(old: Model, new: Model, crops: CropSet, options: Options, *, seed: int = 0, on_progress: Progress | None = None) -> Verdict:
    """Score both models on the same held-out crops with the same draws, and publish the new one where `ssb.gate_rule` lets it pass.

    An image is what `crops.patients` names, a study. Its scores are the means over its crops, so that an image of many slices counts as
    one of few. GED in the usual biased form and the unbiased one, D_DDI, and Dice of the consensus (pixels that more than half of the
    samples cover) with each rater, in the mean over the raters.

    crops: of images that neither training nor the choice of the new model has seen; each with those of its raters who rated it.
    options: samples, nfe, guidance and seed of the draws, the same for both models. seed: of the bootstrap's resamples.
    on_progress: is told the share done, 0 to 1, after each crop, and may raise to stop; without one a bar is shown on stderr.
    """
    started = time.monotonic()
    report = {"old": old.name, "new": new.name, **asdict(options), "bootstrap_seed": seed, "split": crops.split, "version": __version__}
    names = sorted(set(crops.patients))
    report |= {"images": len(names), "crops": len(crops), "measures": {}, "per_image": []}
    if not all(bool(torch.isfinite(weight).all()) for weight in new.network.parameters()):
        return Verdict(False, "The new model's weights are not all finite numbers: its training diverged.", report)
    if len(names) < FEWEST_IMAGES:
        held = f"{len(names)} held-out image{'' if len(names) == 1 else 's'}"
        return Verdict(False, f"Only {held}: at least {FEWEST_IMAGES} are needed to tell that the new model is not worse.", report)
    rows = _scores((old, new), crops, options, on_progress)
    owner = np.array(crops.patients)
    # A measure is undefined on all crops of an image or on none: it depends on how many raters rated it.
    by_image = np.stack([rows[owner == name].mean(axis=0) for name in names])
    changes = changes_of(by_image[:, 0], by_image[:, 1], names, seed)
    report["measures"] = {change.measure: change.as_json() for change in changes}
    report["per_image"] = [
        {"image": name, "crops": int((owner == name).sum()), "old": _named(scores[0]), "new": _named(scores[1])}
        for name, scores in zip(names, by_image, strict=True)
    ]
    report["seconds"] = round(time.monotonic() - started, 1)
    return Verdict(all(change.not_worse for change in changes), sentence(changes, len(names)), report)


def _scores(models: tuple[Model, Model], crops: CropSet, options: Options, on_progress: Progress | None) -> np.ndarray:
    """(crops, 2, measures) float64, the old model's first; NaN where a measure is not defined."""
    samplers = []
    for model in models:
        method = BridgeMethod(replace(model.preset, guidance=options.guidance), model.network)
        samplers.append(CropSampler(method, options.samples, options.nfe, options.seed))
    rows = []
    for index in tqdm(range(len(crops)), desc="judging", unit="crop", disable=on_progress is not None):
        crop = crops[index]
        rows.append([measure_set(sampler.masks(crop), crop.masks) for sampler in samplers])
        if on_progress is not None:
            on_progress((index + 1) / len(crops))
    return np.array(rows)


def measure_set(samples: np.ndarray, raters: np.ndarray) -> list[float]:
    """`MEASURES` of one set of samples (N, ...) against its raters (M, ...), both bool; NaN where one is not defined."""
    sets = Comparison.of(samples, raters)
    consensus = samples.mean(axis=0) > 0.5
    found = {
        "ged": ged_of(sets),
        "ged_unbiased": ged_of(sets, unbiased=True) if min(sets.n, sets.m) > 1 else np.nan,
        "d_ddi": ddi_parts_of(sets).total,
        "dice": float(dice_matrix(consensus[None], raters).mean()),
    }
    return [found[measure] for measure in MEASURES]


def _named(scores: np.ndarray) -> dict[str, float | None]:
    return {measure: float(score) if np.isfinite(score) else None for measure, score in zip(MEASURES, scores, strict=True)}
