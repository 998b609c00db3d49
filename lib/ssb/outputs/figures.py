"""The overview picture of a sample set: image, outlines, disagreement, and what they say in numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from ssb.atomic import replaced
from ssb.interpretations import interpret
from ssb.outputs.drawing import HEAT, MINUS, draw_crosshair, draw_heat, draw_image, draw_letters, draw_outline, new_tile, slice_name
from ssb.outputs.figure_panel import BACKGROUND, DIM, TEXT, draw_panel
from ssb.outputs.palette import CONSENSUS, member_colors
from ssb.outputs.views import LUNG_WINDOW, Frame, intensity_window, shown_slices
from ssb.plausible import SampleSet
from ssb.volumes.volume import Volume

WIDTH, HEIGHT, DPI = 16.0, 9.0, 140
TILE, GAP, LEFT, TOP = 2.72, 0.07, 0.42, 0.45
IMAGE, OUTLINES, DISAGREEMENT = range(3)


def overview(volume: Volume, sample_set: SampleSet, path: Path) -> None:
    """Write one PNG (2240 x 1260 pixels): the clicked slice and a slice on each side, in columns from feet to head.

    Rows: the image; outlines of all samples (thin, coloured by interpretation) and of the consensus (thick yellow); the disagreement
    map in bits. Radiological display by the affine, 10 mm scale bar; the panel on the right holds interpretations, measurements and
    the request. Same arguments, same bytes, with one version of matplotlib.
    """
    interpretations = interpret(sample_set)
    frame = Frame.of(volume, sample_set)
    slices = shown_slices(frame, sample_set, frame.axes.turned_shape()[2])
    levels = intensity_window(np.concatenate([frame.cut(volume, k)[0].ravel() for k in slices]))
    shown = f"image, {levels[0]:.0f} to {levels[1]:.0f} HU" if levels == LUNG_WINDOW else "image"
    labels = (shown.replace("-", MINUS), "samples and consensus", "disagreement")
    colors = member_colors(interpretations)
    bits = sample_set.on_grid(sample_set.disagreement)
    consensus = sample_set.on_grid(sample_set.consensus)
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor=BACKGROUND)
    FigureCanvasAgg(figure)
    for column, k in enumerate(slices):
        for row in (IMAGE, OUTLINES, DISAGREEMENT):
            axes = new_tile(figure, _place(row, column), frame)
            draw_image(axes, volume, k, frame, levels)
            if row == OUTLINES:
                for mask, color in zip(sample_set.masks, colors, strict=True):
                    draw_outline(axes, sample_set.on_grid(mask), k, frame, color, 0.9)
                draw_outline(axes, consensus, k, frame, CONSENSUS, 2.2)
            if row == DISAGREEMENT:
                draw_heat(axes, bits, k, frame)
                draw_outline(axes, consensus, k, frame, (1.0, 1.0, 1.0), 0.9)
            if k == frame.click[2] and row != DISAGREEMENT:
                draw_crosshair(axes, frame)
            if column == 0:
                axes.set_ylabel(labels[row], color=TEXT, fontsize=12, labelpad=8)
            if row == IMAGE:
                axes.set_title(slice_name(k, frame), color=TEXT, fontsize=12, pad=6)
                draw_letters(axes)
    _color_bar(figure, len(slices))
    left = LEFT + 3 * (TILE + GAP) + 1.0
    place = (left / WIDTH, 0.35 / HEIGHT, (WIDTH - left - 0.35) / WIDTH, (HEIGHT - 0.6) / HEIGHT)
    draw_panel(figure, place, sample_set, interpretations, colors)
    with replaced(path) as temporary:
        figure.savefig(temporary, format="png", facecolor=BACKGROUND, metadata={"Software": None})


def _place(row: int, column: int) -> tuple[float, float, float, float]:
    """Of a square tile: left, bottom, width and height as parts of the figure."""
    bottom = HEIGHT - TOP - (row + 1) * TILE - row * GAP
    return (LEFT + column * (TILE + GAP)) / WIDTH, bottom / HEIGHT, TILE / WIDTH, TILE / HEIGHT


def _color_bar(figure: Figure, columns: int) -> None:
    bottom = HEIGHT - TOP - 3 * TILE - 2 * GAP
    left = LEFT + columns * (TILE + GAP) + 0.05
    axes = figure.add_axes((left / WIDTH, bottom / HEIGHT, 0.14 / WIDTH, TILE / HEIGHT))
    bar = figure.colorbar(ScalarMappable(Normalize(0, 1), HEAT), cax=axes, ticks=[0, 0.5, 1])
    bar.outline.set_edgecolor("#2a2f36")
    axes.tick_params(colors=DIM, labelsize=10, length=3)
    axes.set_ylabel("disagreement (bits)", color=TEXT, fontsize=11, labelpad=4)
