"""GED against network evaluations and against time, and reliability diagrams."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ssb.benchmark.entries import Entry
from ssb.benchmark.outcome import Outcome
from ssb.benchmark.results import Line
from ssb.benchmark.style import COLORS, DIM, INK, MARKERS, new_figure, plain, save

ENOUGH = 50
"""Voxels that a bin of a reliability diagram needs, over all crops, to be drawn."""
DODGE = 1.07
"""Factor between the places of two methods of as many evaluations."""


def draw_ged_curves(outcome: Outcome, nfe_path: Path, time_path: Path) -> None:
    """GED at the smallest number of samples on the subset: against evaluations a sample, and against seconds of 16 samples of one crop."""
    evaluations = sorted({line.entry.nfe for line in outcome.subset.lines})
    seconds = outcome.seconds
    _draw(outcome, nfe_path, lambda entry: float(entry.nfe), "network evaluations a sample", evaluations)
    _draw(outcome, time_path, lambda entry: seconds[entry.key], f"seconds for 16 samples of one crop ({outcome.device})", None)


def _draw(outcome: Outcome, path: Path, place: Callable[[Entry], float], label: str, ticks: list[int] | None) -> None:
    column = outcome.columns[0]
    figure = new_figure(8.6, 4.8)
    axes = figure.add_subplot()
    plain(axes)
    drawn = [line for line in outcome.subset.lines if np.isfinite(line.means[column.key])]
    for name, contender in outcome.contenders.items():
        lines = [line for line in drawn if line.entry.method == name]
        if lines:
            asides = [_aside(line.entry, drawn) if ticks else 1.0 for line in lines]
            x = [aside * place(line.entry) for aside, line in zip(asides, lines, strict=True)]
            _series(axes, lines, column.key, x, contender.recipe.title)
    axes.set_xscale("log")
    if ticks:
        axes.xaxis.set_major_locator(FixedLocator(ticks))
        axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlabel(label, color=INK, fontsize=11)
    axes.set_ylabel(f"{column.title} (lower is better)", color=INK, fontsize=11)
    subset = outcome.subset
    hollow = "; hollow: expected from fewer independent samples" if any(column.key in line.expected for line in drawn) else ""
    title = f"{subset.crops:,} crops of {subset.patients} patients; bars: 95 % over patients{hollow}"
    axes.set_title(title, color=DIM, fontsize=10, loc="left")
    axes.legend(frameon=False, fontsize=10, loc="center left", bbox_to_anchor=(1.01, 0.5), labelcolor=INK)
    save(figure, path)


def _aside(entry: Entry, lines: list[Line]) -> float:
    """How far an entry stands beside its place, as a factor: methods of as many evaluations would hide each other's bars."""
    same = [line.entry.key for line in lines if line.entry.nfe == entry.nfe]
    return DODGE ** (same.index(entry.key) - (len(same) - 1) / 2)


def _series(axes: Axes, lines: list[Line], key: str, x: list[float], title: str) -> None:
    name, y = lines[0].entry.method, [line.means[key] for line in lines]
    axes.plot(x, y, color=COLORS[name], marker=MARKERS[name], markersize=7, linewidth=1.8, label=title, zorder=4)
    for line, at, value in zip(lines, x, y, strict=True):
        low, high = line.intervals[key]
        if np.isfinite(low):
            axes.plot([at, at], [low, high], color=COLORS[name], linewidth=1.2, alpha=0.6, zorder=3)
        if key in line.expected:
            axes.plot([at], [value], color=COLORS[name], marker=MARKERS[name], markersize=7, markerfacecolor="white", zorder=5)


def draw_reliability(outcome: Outcome, entries: list[Entry], path: Path) -> None:
    """One panel an entry: the raters' mean in each bin of the samples' mean, over all voxels of the subset.

    The area of a dot grows with the logarithm of the bin's voxels; bins of fewer than 50 are left out.
    """
    columns = min(4, len(entries))
    rows = -(-len(entries) // columns)
    figure = new_figure(2.75 * columns, 2.95 * rows + 0.3)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    indices = outcome.scores[min(outcome.scores, key=lambda key: len(outcome.scores[key].crops))].crops
    for axes, entry in zip(grid.ravel(), entries, strict=False):
        voxels, predicted, drawn = outcome.scores[entry.key].at(indices).bins.sum(axis=0).T
        kept = voxels >= ENOUGH
        plain(axes)
        axes.plot([0, 1], [0, 1], color=DIM, linewidth=1, linestyle=(0, (4, 3)))
        x, y = predicted[kept] / voxels[kept], drawn[kept] / voxels[kept]
        axes.plot(x, y, color=COLORS[entry.method], linewidth=1.6)
        axes.scatter(x, y, s=8 * np.log10(voxels[kept]), color=COLORS[entry.method], zorder=4)
        title = outcome.contenders[entry.method].recipe.title
        axes.set_title(title if entry.nfe == 1 else f"{title}, {entry.nfe} NFE", color=INK, fontsize=10)
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1], aspect="equal")
    for axes in grid.ravel()[len(entries) :]:
        axes.axis("off")
    figure.supxlabel("share of the samples that cover a voxel", color=INK, fontsize=11)
    figure.supylabel("share of the raters who do", color=INK, fontsize=11)
    save(figure, path)
