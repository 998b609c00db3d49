"""The overview picture of a sample set: image, outlines, disagreement, and what they say in numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.transforms import Transform

from ssb.atomic import replaced
from ssb.interpretations import Interpretation, interpret
from ssb.outputs.figure_panel import BACKGROUND, DIM, TEXT, draw_panel
from ssb.outputs.palette import CONSENSUS, Color, interpretation_colors
from ssb.outputs.views import LUNG_WINDOW, Frame, intensity_window, shown_slices
from ssb.plausible import SampleSet
from ssb.volumes.volume import Volume

WIDTH, HEIGHT, DPI = 16.0, 9.0, 140
TILE, GAP, LEFT, TOP = 2.72, 0.07, 0.42, 0.45
IMAGE, OUTLINES, DISAGREEMENT = range(3)
HEAT = "plasma"
MINUS = "\N{MINUS SIGN}"
CLICK: Color = (1.0, 0.32, 0.30)


def overview(volume: Volume, sample_set: SampleSet, path: Path) -> None:
    """Write one PNG (2240 x 1260 pixels): the clicked slice and a slice on each side, in columns from feet to head.

    Rows: the image; outlines of all samples (thin, coloured by interpretation) and of the consensus (thick yellow); the disagreement
    map in bits. Radiological display by the affine, 10 mm scale bar; the panel on the right holds interpretations, measurements and
    the request. Same arguments, same bytes, with one version of matplotlib.
    """
    interpretations = interpret(sample_set)
    frame = Frame.of(volume, sample_set)
    slices = shown_slices(frame, sample_set, frame.axes.turn(volume.array).shape[2])
    levels = intensity_window(np.concatenate([frame.cut(volume.array, k)[0].ravel() for k in slices]))
    shown = f"image, {levels[0]:.0f} to {levels[1]:.0f} HU" if levels == LUNG_WINDOW else "image"
    labels = (shown.replace("-", MINUS), "samples and consensus", "disagreement")
    colors = _sample_colors(len(sample_set.masks), interpretations)
    bits = sample_set.on_grid(sample_set.disagreement)
    consensus = sample_set.on_grid(sample_set.consensus)
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor=BACKGROUND)
    FigureCanvasAgg(figure)
    for column, k in enumerate(slices):
        for row in (IMAGE, OUTLINES, DISAGREEMENT):
            axes = _tile(figure, row, column, frame)
            _image(axes, volume.array, k, frame, levels)
            if row == OUTLINES:
                for mask, color in zip(sample_set.masks, colors, strict=True):
                    _outline(axes, sample_set.on_grid(mask), k, frame, color, 0.9)
                _outline(axes, consensus, k, frame, CONSENSUS, 2.2)
            if row == DISAGREEMENT:
                _heat(axes, bits, k, frame)
                _outline(axes, consensus, k, frame, (1.0, 1.0, 1.0), 0.9)
            if k == frame.click[2] and row != DISAGREEMENT:
                _crosshair(axes, frame)
            if column == 0:
                axes.set_ylabel(labels[row], color=TEXT, fontsize=12, labelpad=8)
            if row == IMAGE:
                axes.set_title(_slice_name(k, frame), color=TEXT, fontsize=12, pad=6)
                _letters(axes)
    _color_bar(figure, len(slices))
    left = LEFT + 3 * (TILE + GAP) + 1.0
    place = (left / WIDTH, 0.35 / HEIGHT, (WIDTH - left - 0.35) / WIDTH, (HEIGHT - 0.6) / HEIGHT)
    draw_panel(figure, place, sample_set, interpretations, colors)
    with replaced(path) as temporary:
        figure.savefig(temporary, format="png", facecolor=BACKGROUND, metadata={"Software": None})


def _sample_colors(count: int, interpretations: tuple[Interpretation, ...]) -> list[Color]:
    colors = interpretation_colors(interpretations)
    own = {member: color for found, color in zip(interpretations, colors, strict=True) for member in found.members}
    return [own[sample] for sample in range(count)]


def _tile(figure: Figure, row: int, column: int, frame: Frame) -> Axes:
    """Empty square axes in mm with the scale bar."""
    left = LEFT + column * (TILE + GAP)
    bottom = HEIGHT - TOP - (row + 1) * TILE - row * GAP
    axes = figure.add_axes((left / WIDTH, bottom / HEIGHT, TILE / WIDTH, TILE / HEIGHT), facecolor="black")
    x0, x1, y0, y1 = frame.limits
    axes.set(xlim=(x0, x1), ylim=(y0, y1), xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_color("#2a2f36")
    start, level = x0 + 0.05 * frame.width, y0 - 0.06 * frame.width
    axes.plot([start, start + 10], [level, level], color="white", lw=2.5, solid_capstyle="butt", path_effects=_shadow(4.5), zorder=9)
    _label(axes, start + 5, level - 0.035 * frame.width, "10 mm", 8, axes.transData)
    return axes


def _image(axes: Axes, array: np.ndarray, k: int, frame: Frame, levels: tuple[float, float]) -> None:
    pixels, edges = frame.cut(array, k)
    axes.imshow(pixels.astype(np.float32), cmap="gray", vmin=levels[0], vmax=levels[1], extent=edges, interpolation="bilinear")


def _heat(axes: Axes, bits: np.ndarray, k: int, frame: Frame) -> None:
    values, edges = frame.cut(bits, k)
    hidden = np.ma.masked_less_equal(values, 0)
    axes.imshow(hidden, cmap=HEAT, vmin=0, vmax=1, alpha=0.85, extent=edges, interpolation="nearest")


def _outline(axes: Axes, mask: np.ndarray, k: int, frame: Frame, color: Color, width: float) -> None:
    """The border half-way between the centres of covered and other pixels."""
    values, (x0, _, _, y1) = frame.cut(mask, k)
    if not values.any():
        return
    rows, columns = (np.arange(-0.5, n + 1) for n in values.shape)
    x, y = x0 + columns * frame.spacing[0], y1 + rows * frame.spacing[1]
    drawn = axes.contour(x, y, np.pad(values, 1).astype(np.float32), levels=[0.5], colors=[color], linewidths=width, zorder=5)
    if width > 2:
        drawn.set_path_effects(_shadow(width + 1.2))


def _crosshair(axes: Axes, frame: Frame) -> None:
    """Four ticks around the clicked pixel, open in the middle so that the lesion stays visible."""
    x, y = frame.click[0] * frame.spacing[0], frame.click[1] * frame.spacing[1]
    inner, outer = 0.012 * frame.width, 0.04 * frame.width
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        ends = [x + dx * inner, x + dx * outer], [y + dy * inner, y + dy * outer]
        axes.plot(*ends, color=CLICK, lw=1.6, path_effects=_shadow(2.8), zorder=8)


def _letters(axes: Axes) -> None:
    for x, y, letter in ((0.03, 0.5, "R"), (0.97, 0.5, "L"), (0.5, 0.965, "A")):
        _label(axes, x, y, letter, 9, axes.transAxes)


def _label(axes: Axes, x: float, y: float, words: str, size: float, transform: Transform) -> None:
    effects = _shadow(2)
    axes.text(x, y, words, transform=transform, color="white", fontsize=size, ha="center", va="center", path_effects=effects, zorder=9)


def _slice_name(k: int, frame: Frame) -> str:
    if k == frame.click[2]:
        return f"slice {frame.own_slice(k)}, clicked"
    return f"slice {frame.own_slice(k)}, {(k - frame.click[2]) * frame.height:+.1f} mm".replace("-", MINUS)


def _color_bar(figure: Figure, columns: int) -> None:
    bottom = HEIGHT - TOP - 3 * TILE - 2 * GAP
    left = LEFT + columns * (TILE + GAP) + 0.05
    axes = figure.add_axes((left / WIDTH, bottom / HEIGHT, 0.14 / WIDTH, TILE / HEIGHT))
    bar = figure.colorbar(ScalarMappable(Normalize(0, 1), HEAT), cax=axes, ticks=[0, 0.5, 1])
    bar.outline.set_edgecolor("#2a2f36")
    axes.tick_params(colors=DIM, labelsize=10, length=3)
    axes.set_ylabel("disagreement (bits)", color=TEXT, fontsize=11, labelpad=4)


def _shadow(width: float) -> list[patheffects.AbstractPathEffect]:
    return [patheffects.withStroke(linewidth=width, foreground="black")]
