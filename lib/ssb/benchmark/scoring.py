"""Scores of one entry on its crops, kept in one file, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from ssb.atomic import replaced
from ssb.benchmark.expected import mean_distance
from ssb.datasets.crops import CropSet
from ssb.evaluation import CropSampler
from ssb.method import Method
from ssb.metrics import s_ncc, scores_at
from ssb.metrics.calibration import BINS

CHUNK = 25
"""Crops between two savings."""
FORMAT = 1
"""Of the stored scores: another one makes them anew."""


@dataclass(frozen=True)
class EntryScores:
    """Scores of one entry; rows go with `crops`, indices into the split.

    values: (crops, metrics) float64 under `names`. bins: (crops, BINS, 3) float64: voxels, sum of the samples' mean and of the raters'
    mean in each bin of the samples' mean at the largest count: what a reliability diagram shows.
    """

    crops: np.ndarray
    names: tuple[str, ...]
    values: np.ndarray
    bins: np.ndarray

    def at(self, crops: np.ndarray) -> EntryScores:
        """The same on some of its crops."""
        rows = np.searchsorted(self.crops, crops)
        return EntryScores(crops, self.names, self.values[rows], self.bins[rows])

    def column(self, name: str) -> np.ndarray:
        """One metric, (crops,); NaN where the entry was not scored for it."""
        return self.values[:, self.names.index(name)] if name in self.names else np.full(len(self.crops), np.nan)


def score_entry(
    method: Method, nfe: int, counts: Sequence[int], seed: int, crops: CropSet, indices: np.ndarray, store: Path, identity: str, title: str
) -> EntryScores:
    """Score a method on the crops at `indices`, those that `store` lacks; the file is written after every 25 crops and on the way out.

    identity: tells checkpoint and data; scores stored under another one, another nfe, counts or seed are thrown away.
    """
    facts = f"{FORMAT} {identity} {nfe} {','.join(map(str, counts))} {seed}"
    fingerprint = hashlib.sha256(facts.encode()).hexdigest()
    rows = _stored(store, fingerprint)
    missing = [int(index) for index in indices if str(int(index)) not in rows]
    sampler = CropSampler(method, max(counts), nfe, seed)
    try:
        for done, index in enumerate(tqdm(missing, desc=title, unit="crop", mininterval=5), start=1):
            crop = crops[index]
            rows[str(index)] = _row(sampler.masks(crop), crop.masks, counts)
            if done % CHUNK == 0:
                _store(store, fingerprint, rows)
    finally:
        if missing:
            _store(store, fingerprint, rows)
    names = tuple(rows[str(int(indices[0]))]["scores"])
    values = np.array([[_number(rows[str(int(i))]["scores"][name]) for name in names] for i in indices])
    return EntryScores(indices, names, values, np.array([rows[str(int(i))]["bins"] for i in indices]))


def data_identity(crops: CropSet) -> str:
    """A hash of the images and masks of a split."""
    digest = hashlib.sha256()
    for rows in (crops.images, crops.bits):
        for index in range(len(crops)):
            digest.update(rows[index].tobytes())
    return digest.hexdigest()


def _row(masks: np.ndarray, raters: np.ndarray, counts: Sequence[int]) -> dict[str, Any]:
    scores = scores_at(masks, raters, counts)
    # Entries draw different numbers of samples, and S_NCC is compared at one: each count needs its own.
    del scores["s_ncc"]
    scores |= {f"s_ncc_{count}": s_ncc(masks[:count], raters) for count in counts}
    scores |= {"rater_distance": mean_distance(raters), "raters": float(len(raters))}
    finite = {name: value if np.isfinite(value) else None for name, value in scores.items()}
    return {"scores": finite, "bins": _bins(masks, raters).tolist()}


def _bins(masks: np.ndarray, raters: np.ndarray) -> np.ndarray:
    """(BINS, 3): voxels, sum of the samples' mean, sum of the raters' mean, by the bins of `ssb.metrics.ece`."""
    covered, truth = masks.sum(axis=0).ravel(), raters.mean(axis=0).ravel()
    place = np.minimum(covered * BINS // len(masks), BINS - 1)
    return np.stack([np.bincount(place, weights=w, minlength=BINS) for w in (np.ones(len(truth)), covered / len(masks), truth)], axis=1)


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _stored(path: Path, fingerprint: str) -> dict[str, Any]:
    if not path.is_file():
        return {}
    content = json.loads(path.read_text())
    return content["crops"] if content["fingerprint"] == fingerprint else {}


def _store(path: Path, fingerprint: str, rows: dict[str, Any]) -> None:
    with replaced(path) as temporary:
        temporary.write_text(json.dumps({"fingerprint": fingerprint, "crops": rows}))
