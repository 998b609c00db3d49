"""The inter-rater report as one picture: agreement, size, misses, every lesion's volumes, and the findings in words."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter

from ssb.atomic import replaced
from ssb.outputs.figure_panel import BACKGROUND, DIM, LINE, TEXT, WARNING
from ssb.outputs.palette import INTERPRETATIONS, Color, sample_color
from ssb.outputs.summary import DISCLAIMER
from ssb.raters.report import RatersReport

WIDTH, HEIGHT, DPI = 16.0, 9.0, 140
LETTERS = 14
"""Letters of a rater's name that are shown."""
NEVER = "no lesion that most of the others marked"


def draw_report(report: RatersReport, path: Path) -> None:
    """Write one PNG (2240 x 1260 pixels); same arguments, same bytes, with one version of matplotlib."""
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor=BACKGROUND)
    FigureCanvasAgg(figure)
    colors = [rater_color(place) for place in range(len(report.raters))]
    lesions = sum(len(facts.lesions) for facts in report.images)
    title = f"{len(report.raters)} raters, {len(report.images)} images, {lesions} lesions"
    figure.text(0.03, 0.945, title, color=TEXT, fontsize=25, weight="bold", va="center")
    _agreement(_panel(figure, (0.105, 0.585, 0.19, 0.265), "Dice over lesions that either marked"), report)
    _sizes(_panel(figure, (0.41, 0.585, 0.21, 0.265), "Size: volume as a multiple of the others'"), report, colors)
    _detections(_panel(figure, (0.755, 0.585, 0.18, 0.265), "Detection: share of the others' lesions"), report, colors)
    _volumes(_panel(figure, (0.075, 0.215, 0.895, 0.255), "Volume of every lesion, one column a lesion (mL)"), report, colors)
    _words(figure, report)
    with replaced(path) as temporary:
        figure.savefig(temporary, format="png", facecolor=BACKGROUND, metadata={"Software": None})


def rater_color(place: int) -> Color:
    """RGB in [0, 1] of the rater at `place` in the sorted names: bright ones first, then as many as are needed."""
    return INTERPRETATIONS[place] if place < len(INTERPRETATIONS) else sample_color(place)


def _panel(figure: Figure, place: tuple[float, float, float, float], title: str) -> Axes:
    axes = figure.add_axes(place, facecolor=BACKGROUND)
    axes.set_title(title, color=DIM, fontsize=12, weight="bold", loc="left", pad=10)
    axes.tick_params(colors=DIM, labelsize=10, length=3)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(LINE)
    return axes


def _short(name: str) -> str:
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"


def _rows(axes: Axes, report: RatersReport, colors: list[Color]) -> None:
    """One row a rater, the first on top."""
    axes.set_yticks(range(len(report.raters)), [_short(rater) for rater in report.raters], fontsize=11)
    for label, color in zip(axes.get_yticklabels(), colors, strict=True):
        label.set_color(color)
    axes.set_ylim(len(report.raters) - 0.4, -0.6)


def _agreement(axes: Axes, report: RatersReport) -> None:
    names, count = report.raters, len(report.raters)
    table = np.full((count, count), np.nan)
    for pair in report.agreements:
        a, b = (names.index(rater) for rater in pair.raters)
        table[a, b] = table[b, a] = pair.dice.value
    axes.imshow(table, cmap="viridis", vmin=0, vmax=1, aspect="auto", extent=(-0.5, max(count, 1) - 0.5, max(count, 1) - 0.5, -0.5))
    for a, b in np.argwhere(~np.isnan(table)):
        color = "black" if table[a, b] > 0.6 else "white"
        axes.text(b, a, f"{table[a, b]:.2f}", color=color, fontsize=13 if count < 7 else 8, ha="center", va="center")
    labels = [_short(rater) for rater in names]
    axes.set_yticks(range(count), labels, fontsize=11, color=TEXT)
    axes.set_xticks(range(count), labels, fontsize=11 if count < 4 else 8, color=TEXT, rotation=0 if count < 4 else 25)


def _sizes(axes: Axes, report: RatersReport, colors: list[Color]) -> None:
    """Small dots: against each other rater. Diamond and bar: against the middle one, with the interval."""
    axes.axvline(1, color=DIM, lw=1, zorder=1)
    ends = [0.8, 1.25]
    for row, (rater, color) in enumerate(zip(report.raters, colors, strict=True)):
        size = report.sizes[rater]
        for other, ratio in size.against.items():
            if np.isfinite(ratio.value):
                axes.plot(ratio.value, row + 0.26, ".", color=colors[report.raters.index(other)], markersize=7, zorder=3)
                ends.append(ratio.value)
        if np.isfinite(size.ratio.value):
            axes.plot(size.ratio.value, row, "D", color=color, markersize=8, zorder=5)
        if np.isfinite([size.ratio.low, size.ratio.high]).all():
            axes.plot([size.ratio.low, size.ratio.high], [row, row], color=color, lw=2.5, zorder=4)
            ends += [size.ratio.low, size.ratio.high]
        if size.verdict:
            axes.text(1.02, row, size.verdict, color=WARNING, fontsize=12, weight="bold", va="center", transform=axes.get_yaxis_transform())
    _rows(axes, report, colors)
    axes.set_xscale("log")
    axes.set_xlim(max(min(ends) / 1.1, 0.05), min(max(ends) * 1.1, 20))
    axes.xaxis.set_major_locator(FixedLocator([0.1, 0.2, 0.5, 0.7, 1, 1.4, 2, 5, 10]))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlabel("small dots: against each rater; diamond: against the middle one, 95 %", color=DIM, fontsize=10)


def _detections(axes: Axes, report: RatersReport, colors: list[Color]) -> None:
    for row, (rater, color) in enumerate(zip(report.raters, colors, strict=True)):
        found = report.detections[rater]
        if found.lesions:
            axes.barh(row, found.sensitivity.value, height=0.5, color=color, alpha=0.8, zorder=2)
            axes.plot([found.sensitivity.low, found.sensitivity.high], [row, row], color=TEXT, lw=2, zorder=4)
        words = f"{found.found} of {found.lesions}, and {found.alone} that nobody else marked" if found.lesions else NEVER
        axes.text(0.02, row + 0.42, words, color=DIM, fontsize=10, va="center", zorder=5)
        if found.misses:
            axes.text(1.02, row, "misses", color=WARNING, fontsize=12, weight="bold", va="center", transform=axes.get_yaxis_transform())
    _rows(axes, report, colors)
    axes.set(xlim=(0, 1.01), xticks=[0, 0.25, 0.5, 0.75, 1])
    axes.set_xlabel("of the lesions that most of the others marked, 95 %", color=DIM, fontsize=10)


def _volumes(axes: Axes, report: RatersReport, colors: list[Color]) -> None:
    """Lesions from small to large by the median of those who marked them; hollow at the bottom: looked and did not mark."""
    lesions = [(facts, lesion) for facts in report.images for lesion in facts.lesions]
    lesions.sort(key=lambda entry: float(np.median(entry[1].volume_ml[entry[1].marked])))
    smallest = min((float(lesion.volume_ml[lesion.marked].min()) for _, lesion in lesions), default=0.1)
    bottom, size = smallest / 3, 60 * min(1.0, 40 / max(1, len(lesions))) + 8
    for rater, color in zip(report.raters, colors, strict=True):
        own = [
            (column, float(lesion.volume_ml[facts.raters.index(rater)]))
            for column, (facts, lesion) in enumerate(lesions)
            if rater in facts.raters
        ]
        shift = 0.5 * (report.raters.index(rater) + 0.5) / len(report.raters) - 0.25
        marked = [(column + shift, volume) for column, volume in own if volume]
        missed = [(column + shift, bottom) for column, volume in own if not volume]
        for places, filled in ((marked, True), (missed, False)):
            if places:
                x, y = zip(*places, strict=True)
                axes.scatter(x, y, s=size, facecolors=[color] if filled else "none", edgecolors=[color], linewidths=1, zorder=3)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(10))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set(xlim=(-0.7, max(1, len(lesions)) - 0.3), xticks=[])
    axes.set_xlabel("hollow, below: looked at the image and did not mark the lesion; nothing: never looked", color=DIM, fontsize=10)


def _words(figure: Figure, report: RatersReport) -> None:
    findings = report.findings or ["No rater draws systematically larger or smaller, or misses lesions, beyond chance."]
    lines = [line for finding in findings for line in textwrap.wrap(finding, 170)]
    shown = lines if len(lines) <= 5 else [*lines[:4], f"and {len(lines) - 4} more lines: see raters.json"]
    for count, line in enumerate(shown):
        figure.text(0.03, 0.145 - 0.026 * count, line, color=TEXT, fontsize=12, va="center")
    figure.text(0.97, 0.02, DISCLAIMER, color=WARNING, fontsize=12, weight="bold", ha="right", va="center")
