"""How the figures of a benchmark look: light, one colour and one marker a method, readable in print."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ssb.atomic import replaced

DPI = 140
INK, DIM, GRID = "#1b1f24", "#5a636e", "#d9dee4"

# Okabe and Ito's palette, told apart with colour blindness too; two darker tones complete it.
COLORS = {
    "shipped": "#0072b2",
    "ssbpp": "#d55e00",
    "ssb": "#cc79a7",
    "probabilistic_unet": "#009e73",
    "ssn": "#e69f00",
    "threshold": "#7a5195",
    "ranked": "#56b4e9",
    "diffusion": "#3c3c3c",
}
MARKERS = {
    "shipped": "o",
    "ssbpp": "s",
    "ssb": "D",
    "probabilistic_unet": "^",
    "ssn": "v",
    "threshold": "P",
    "ranked": "X",
    "diffusion": "h",
}


def new_figure(width: float, height: float) -> Figure:
    """An empty white figure, sizes in inches."""
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def plain(axes: Axes) -> None:
    """Axes with a light grid and without a frame above and on the right."""
    axes.grid(True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=DIM, labelsize=10)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(DIM)


def save(figure: Figure, path: Path) -> None:
    """Write a PNG; same arguments, same bytes, with one version of matplotlib."""
    with replaced(path) as temporary:
        figure.savefig(temporary, format="png", facecolor="white", metadata={"Software": None})
