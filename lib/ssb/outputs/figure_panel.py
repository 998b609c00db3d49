"""The panel of words and numbers in the overview picture."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ssb.interpretations import Interpretation
from ssb.measurements import Interval, measure, sizes, voxel_ml
from ssb.outputs.palette import CONSENSUS, Color, interpretation_colors
from ssb.outputs.summary import DISCLAIMER
from ssb.plausible import SampleSet

BACKGROUND, TEXT, DIM, LINE, WARNING = "#0b0d10", "#eef1f4", "#98a2ad", "#2a2f36", "#ffb84d"


def draw_panel(
    figure: Figure,
    place: tuple[float, float, float, float],
    sample_set: SampleSet,
    interpretations: Sequence[Interpretation],
    colors: Sequence[Color],
) -> None:
    """Draw the panel at `place` (left, bottom, width, height as parts of the figure); colors: one for each sample."""
    width, height = place[2] * figure.get_figwidth(), place[3] * figure.get_figheight()
    panel = figure.add_axes(place)
    panel.set(xlim=(0, width), ylim=(0, height))
    panel.axis("off")
    count = len(sample_set.masks)
    top = height - 0.12
    panel.text(0, top, "1 plausible mask" if count == 1 else f"{count} plausible masks", color=TEXT, fontsize=25, weight="bold", va="top")
    i, j, k = sample_set.request.point
    _words(panel, 0, top - 0.55, f"{_short(sample_set.image)}, click at voxel {i}, {j}, {k}", DIM, 12)
    level = _interpretations(panel, top - 1.1, width, sample_set, interpretations)
    _measurements(figure, panel, place, level - 0.2, sample_set, colors)
    _footer(panel, width, sample_set)


def _short(name: str, most: int = 32) -> str:
    """A long name, such as a series UID, by its beginning and its end."""
    return name if len(name) <= most else f"{name[: most // 2]}…{name[-most // 2 + 1 :]}"


def _words(panel: Axes, x: float, y: float, words: str, color: str, size: float, ha: str = "left", weight: str = "normal") -> None:
    panel.text(x, y, words, color=color, fontsize=size, va="center", ha=ha, weight=weight)


def _heading(panel: Axes, y: float, words: str, width: float) -> None:
    _words(panel, 0, y, words, DIM, 12, weight="bold")
    panel.plot([0, width], [y - 0.16, y - 0.16], color=LINE, lw=1)


def _interpretations(panel: Axes, top: float, width: float, sample_set: SampleSet, interpretations: Sequence[Interpretation]) -> float:
    """One line each: colour, name, a bar for the share, the share, the volume; then the consensus. Returns where the next block is."""
    _heading(panel, top, "Interpretations", width)
    bar = (1.95, width - 3.85)
    level = top - 0.42
    for found, color in zip(interpretations, interpretation_colors(interpretations), strict=True):
        panel.plot([0, 0.28], [level, level], color=color, lw=3.5, solid_capstyle="butt")
        _words(panel, 0.4, level, found.name, TEXT, 13)
        panel.add_patch(Rectangle((bar[0], level - 0.07), bar[1], 0.14, color=LINE))
        panel.add_patch(Rectangle((bar[0], level - 0.07), bar[1] * found.share, 0.14, color=color))
        _words(panel, width - 1.15, level, f"{100 * found.share:.0f} %", TEXT, 13, ha="right")
        _words(panel, width, level, _volume(found.volume_ml), TEXT, 13, ha="right")
        level -= 0.36
    panel.plot([0, 0.28], [level, level], color=CONSENSUS, lw=3.5, solid_capstyle="butt")
    _words(panel, 0.4, level, "consensus", TEXT, 13)
    _words(panel, bar[0], level, "more than half of the masks", DIM, 11)
    consensus = float(sample_set.consensus.sum()) * voxel_ml(sample_set.affine)
    _words(panel, width, level, _volume(consensus), TEXT, 13, ha="right")
    return level - 0.3


def _volume(millilitres: float) -> str:
    return f"{millilitres:.2f} mL" if millilitres else "\N{EN DASH}"


def _measurements(
    figure: Figure, panel: Axes, place: tuple[float, float, float, float], top: float, sample_set: SampleSet, colors: Sequence[Color]
) -> None:
    """Median, interval and every sample's own value of volume and diameter, and the agreement."""
    width, height = panel.get_xlim()[1], panel.get_ylim()[1]
    _heading(panel, top, "Measurements over the masks (median, 5 to 95 %)", width)
    found = measure(sample_set)
    each = sizes(sample_set)
    level = top - 0.5
    for name, interval, values, form in (
        ("volume", found.volume_ml, [size.volume_ml for size in each], "{:.2f} mL"),
        ("diameter", found.diameter_mm, [size.diameter_mm for size in each], "{:.1f} mm"),
    ):
        _words(panel, 0, level, name, TEXT, 13)
        _words(panel, 1.1, level, form.format(interval.median), TEXT, 17, weight="bold")
        between = f"{form.format(interval.low).split()[0]} to {form.format(interval.high)}"
        _words(panel, width, level, between, TEXT, 13, ha="right")
        bottom = place[1] + (level - 0.78) / height * place[3]
        _strip(figure.add_axes((place[0], bottom, place[2], 0.46 / height * place[3])), values, interval, colors)
        level -= 1.38
    agreement = "\N{EN DASH}" if len(sample_set.masks) == 1 else f"{found.agreement:.2f}"
    _words(panel, 0, level, "agreement", TEXT, 13)
    _words(panel, 1.1, level, agreement, TEXT, 17, weight="bold")
    _words(panel, width, level, "mean Dice of all pairs", DIM, 11, ha="right")


def _strip(axes: Axes, values: Sequence[float], interval: Interval, colors: Sequence[Color]) -> None:
    """Each sample's value as a dot; the bar is the interval, its tick the median. Dots are spread by rank so that equal ones show."""
    axes.set_facecolor(BACKGROUND)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(LINE)
    axes.plot([interval.low, interval.high], [0, 0], color="#4a525c", lw=9, solid_capstyle="round", zorder=1)
    axes.plot([interval.median] * 2, [-1, 1], color=TEXT, lw=2, zorder=2)
    spread = np.array([0.0, 0.66, -0.33, 0.33, -0.66])[np.argsort(np.argsort(values, kind="stable")) % 5]
    axes.scatter(values, spread, s=34, c=list(colors), edgecolors=BACKGROUND, linewidths=0.7, zorder=3)
    highest = max(values) or 1.0
    axes.set(xlim=(-0.03 * highest, 1.05 * highest), ylim=(-1.1, 1.1), yticks=[])
    axes.tick_params(colors=DIM, labelsize=9, length=3)


def _footer(panel: Axes, width: float, sample_set: SampleSet) -> None:
    request = sample_set.request
    lines = [f"checkpoint {sample_set.checkpoint}, seed {request.seed}, {request.nfe} evaluations a mask, guidance {request.guidance:g}"]
    for note in sample_set.notes:
        lines += textwrap.wrap(note, width=int(width * 13.5))
    lines.insert(0, "disagreement: 0 bits where all masks agree, 1 bit where they split evenly")
    for number, line in enumerate(lines):
        _words(panel, 0, 0.36 + 0.22 * (len(lines) - 1 - number), line, DIM if number < 2 else WARNING, 10)
    _words(panel, 0, 0.06, DISCLAIMER, WARNING, 14, weight="bold")
