"""All that a benchmark found, before it is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ssb import __version__
from ssb.benchmark.contenders import Contender
from ssb.benchmark.entries import title_of
from ssb.benchmark.plan import Plan
from ssb.benchmark.results import Column, Comparison, Line, against_best_rival, best_of, columns_of, few_against_many, line_of
from ssb.benchmark.scoring import EntryScores
from ssb.datasets.crops import CropSet


@dataclass(frozen=True)
class Section:
    """Some entries on the same crops. best: of each column among the common budget; rivals, few: see `ssb.benchmark.results`."""

    title: str
    crops: int
    patients: int
    lines: tuple[Line, ...]
    best: dict[str, float]
    rivals: tuple[Comparison, ...]
    few: tuple[Comparison, ...]


@dataclass(frozen=True)
class Outcome:
    """sections: all crops first, where any entry was scored on them, then the subset. seconds: of 16 samples of one crop, by entry.

    scores: of every entry on the crops it was scored on. split, device, threads: what the run says of itself.
    """

    plan: Plan
    columns: tuple[Column, ...]
    contenders: Mapping[str, Contender]
    scores: Mapping[str, EntryScores]
    sections: tuple[Section, ...]
    seconds: Mapping[str, float]
    split: str
    device: str
    threads: int

    @property
    def subset(self) -> Section:
        """The crops that every entry was scored on."""
        return self.sections[-1]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types; a mean or an interval [low, high] that is not defined is None."""
        return {
            "version": __version__,
            "split": self.split,
            "samples": list(self.plan.counts),
            "seed": self.plan.seed,
            "device": self.device,
            "threads": self.threads,
            "methods": {
                name: {
                    "title": found.recipe.title,
                    "checkpoint": found.checkpoint,
                    "sha256": found.fingerprint,
                    "own_budget": found.recipe.own_budget,
                    "parameters": found.parameters,
                    "training_steps": found.steps,
                    "training_seconds": found.seconds,
                }
                for name, found in self.contenders.items()
            },
            "sections": [self._section(section) for section in self.sections],
        }

    def _section(self, section: Section) -> dict[str, Any]:
        return {
            "title": section.title,
            "crops": section.crops,
            "patients": section.patients,
            "entries": {line.entry.key: self._line(line) for line in section.lines},
            "against_best_rival": [_comparison(found) for found in section.rivals],
            "few_against_many": [_comparison(found) for found in section.few],
        }

    def _line(self, line: Line) -> dict[str, Any]:
        return {
            "title": title_of(line.entry),
            "nfe": line.entry.nfe,
            "samples": list(self.plan.counts_of(line.entry)),
            "seconds_of_16_samples": self.seconds[line.entry.key],
            "means": {key: value if np.isfinite(value) else None for key, value in line.means.items()},
            "intervals": {key: list(ends) if np.isfinite(ends).all() else None for key, ends in line.intervals.items()},
            "expected": sorted(line.expected),
        }


def _comparison(found: Comparison) -> dict[str, Any]:
    ends = list(found.interval) if np.isfinite(found.interval).all() else None
    ratio = found.ratio if np.isfinite(found.ratio) else None
    return {"entry": found.first, "over": found.second, "metric": found.column, "ratio": ratio, "interval": ends}


def sections_of(plan: Plan, crops: CropSet, scores: Mapping[str, EntryScores]) -> tuple[Section, ...]:
    """The table of all crops, left out where no entry goes there or the subset is all there is, and that of the subset."""
    everything, subset = plan.all_crops(len(crops)), plan.subset_crops(len(crops))
    parts = [("All crops", everything, [entry for entry in plan.entries if plan.on_all(entry)])] if len(subset) < len(everything) else []
    parts.append(("Every entry on the same subset" if parts else "All crops", subset, list(plan.entries)))
    columns = columns_of(plan)
    found = []
    for title, indices, entries in parts:
        if not entries:
            continue
        patients = [crops.patients[int(i)] for i in indices]
        here = {entry.key: scores[entry.key].at(indices) for entry in entries}
        lines = tuple(line_of(entry, here[entry.key], columns, patients) for entry in entries)
        rivals = against_best_rival(lines, here, patients, columns[0])
        few = few_against_many(lines, here, patients, columns[0])
        found.append(Section(title, len(indices), len(set(patients)), lines, best_of(lines, columns), rivals, few))
    return tuple(found)
