"""Means and intervals of every entry, and how the bridge compares with the best rival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ssb.benchmark.entries import BRIDGES, SHIPPED, Entry
from ssb.benchmark.expected import expected_ged
from ssb.benchmark.plan import Plan
from ssb.benchmark.scoring import EntryScores
from ssb.metrics import patient_interval
from ssb.metrics.bootstrap import PERCENTILES, resampled_means

Interval = tuple[float, float]
FEW = 8
"""Evaluations that count as few."""


@dataclass(frozen=True)
class Column:
    """A metric of the tables. key: in JSON; name: in the scores, without the number of samples; count: that number, None for the most."""

    key: str
    title: str
    name: str
    count: int | None
    lower: bool


def columns_of(plan: Plan) -> tuple[Column, ...]:
    """The metrics of a plan's tables, from left to right."""
    n = plan.common
    geds = tuple(Column(f"ged_{count}", f"GED{count}", "ged", count, True) for count in plan.counts)
    matches = (("hm_iou", "HM-IoU", False), ("d_max", "D_max", False), ("d_ddi", "D_DDI", True))
    maps = (("s_ncc", "S_NCC", False), ("ci", "CI", False), ("ece", "ECE", True), ("brier", "Brier", True), ("auroc", "AUROC", False))
    return (
        *geds,
        Column("ged_unbiased", "GED unbiased", "ged_unbiased", None, True),
        *(Column(f"{name}_{n}", f"{title}{n}", name, n, lower) for name, title, lower in (*matches, *maps)),
    )


@dataclass(frozen=True)
class Line:
    """One entry on one set of crops: means and 95 % intervals over patients by the column's key, NaN where not measured.

    expected: keys of the columns that were not drawn but follow from fewer independent samples.
    """

    entry: Entry
    means: dict[str, float]
    intervals: dict[str, Interval]
    expected: frozenset[str]


@dataclass(frozen=True)
class Comparison:
    """A ratio of two entries' mean GED on the same crops, with the paired bootstrap interval over patients."""

    first: str
    second: str
    column: str
    ratio: float
    interval: Interval


def crop_values(entry: Entry, scores: EntryScores, columns: Sequence[Column]) -> tuple[np.ndarray, frozenset[str]]:
    """(crops, columns) float64, NaN where not measured, and the keys of those that are expected values."""
    most = max(int(name.rpartition("_")[2]) for name in scores.names if name.startswith("ged_unbiased_"))
    values, expected = [], set()
    for column in columns:
        name = f"{column.name}_{most if column.count is None else column.count}"
        if column.name == "ged" and name not in scores.names and entry.independent and most > 1:
            expected.add(column.key)
            given = [scores.column(key) for key in (f"ged_{most}", f"ged_unbiased_{most}", "rater_distance", "raters")]
            values.append(np.array([expected_ged(b, u, most, column.count or most, d, int(m)) for b, u, d, m in zip(*given, strict=True)]))
        else:
            values.append(scores.column(name))
    return np.stack(values, axis=1), frozenset(expected)


def line_of(entry: Entry, scores: EntryScores, columns: Sequence[Column], patients: Sequence[str]) -> Line:
    """The entry's line; patients: one name a crop of `scores`."""
    values, expected = crop_values(entry, scores, columns)
    defined = ~np.isnan(values)
    number = defined.sum(axis=0)
    means = np.divide(np.where(defined, values, 0.0).sum(axis=0), number, out=np.full(len(columns), np.nan), where=number > 0)
    low, high = patient_interval(values, patients)
    keys = [column.key for column in columns]
    intervals = {key: (float(a), float(b)) for key, a, b in zip(keys, low, high, strict=True)}
    return Line(entry, dict(zip(keys, map(float, means), strict=True)), intervals, expected)


def best_of(lines: Sequence[Line], columns: Sequence[Column]) -> dict[str, float]:
    """The best mean of each column among the methods of the common budget; absent where none has one."""
    best = {}
    for column in columns:
        found = [line.means[column.key] for line in lines if line.entry.method != SHIPPED]
        found = [value for value in found if np.isfinite(value)]
        if found:
            best[column.key] = min(found) if column.lower else max(found)
    return best


def compared(first: Entry, second: Entry, scores: Mapping[str, EntryScores], patients: Sequence[str], column: Column) -> Comparison:
    """Mean of the first entry over that of the second, NaN over 0; both scored on the same crops."""
    pair = np.concatenate([crop_values(entry, scores[entry.key], [column])[0] for entry in (first, second)], axis=1)
    over, under = pair.mean(axis=0)
    ratio, low, high = (over / under if under > 0 else np.nan), np.nan, np.nan
    means = resampled_means(pair, patients)
    # A resample of nothing but perfect crops has no ratio, and then there is no interval either.
    if len(set(patients)) > 1 and (means[:, 1] > 0).all():
        low, high = np.percentile(means[:, 0] / means[:, 1], PERCENTILES)
    return Comparison(first.key, second.key, column.key, float(ratio), (float(low), float(high)))


def against_best_rival(
    lines: Sequence[Line], scores: Mapping[str, EntryScores], patients: Sequence[str], column: Column
) -> tuple[Comparison, ...]:
    """Every entry of the bridge over the rival whose mean is lowest in `column`."""
    rivals = [line for line in lines if line.entry.method not in BRIDGES and np.isfinite(line.means[column.key])]
    if not rivals:
        return ()
    best = min(rivals, key=lambda line: line.means[column.key]).entry
    bridges = [line.entry for line in lines if line.entry.method in BRIDGES and np.isfinite(line.means[column.key])]
    return tuple(compared(entry, best, scores, patients, column) for entry in bridges)


def few_against_many(
    lines: Sequence[Line], scores: Mapping[str, EntryScores], patients: Sequence[str], column: Column
) -> tuple[Comparison, ...]:
    """Every entry of at most 8 evaluations over the same method at its most evaluations, for methods of several numbers."""
    found = []
    for line in lines:
        same = [other.entry for other in lines if other.entry.method == line.entry.method and np.isfinite(other.means[column.key])]
        most = max(same, key=lambda entry: entry.nfe, default=line.entry)
        if line.entry.nfe <= FEW < most.nfe:
            found.append(compared(line.entry, most, scores, patients, column))
    return tuple(found)
