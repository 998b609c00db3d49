"""What is drawn on the pictures of a slice: image, outlines, heat, click, and how large it all is.

Axes are in mm along the patient's left and back, see `ssb.outputs.views.Frame`.
"""

from __future__ import annotations

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Transform

from ssb.geometry import Sliceable
from ssb.outputs.palette import Color
from ssb.outputs.views import Frame

HEAT = "plasma"
MINUS = "\N{MINUS SIGN}"
CLICK: Color = (1.0, 0.32, 0.30)


def new_tile(figure: Figure, place: tuple[float, float, float, float], frame: Frame) -> Axes:
    """Empty axes in mm at `place` (left, bottom, width, height as parts of the figure, a square of it) with a scale bar of 10 mm."""
    axes = figure.add_axes(place, facecolor="black")
    x0, x1, y0, y1 = frame.limits
    axes.set(xlim=(x0, x1), ylim=(y0, y1), xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_color("#2a2f36")
    start, level = x0 + 0.05 * frame.width, y0 - 0.06 * frame.width
    axes.plot([start, start + 10], [level, level], color="white", lw=2.5, solid_capstyle="butt", path_effects=_shadow(4.5), zorder=9)
    _label(axes, start + 5, level - 0.035 * frame.width, "10 mm", 8, axes.transData)
    return axes


def draw_image(axes: Axes, image: Sliceable, k: int, frame: Frame, levels: tuple[float, float]) -> None:
    """Slice k (turned grid) of the image (I, J, K, own grid) in grey. levels: what is black and white."""
    pixels, edges = frame.cut(image, k)
    axes.imshow(pixels.astype(np.float32), cmap="gray", vmin=levels[0], vmax=levels[1], extent=edges, interpolation="bilinear")


def draw_heat(axes: Axes, bits: np.ndarray, k: int, frame: Frame) -> None:
    """The disagreement (I, J, K) in bits, 0 to 1, transparent where all agree."""
    values, edges = frame.cut(bits, k)
    hidden = np.ma.masked_less_equal(values, 0)
    axes.imshow(hidden, cmap=HEAT, vmin=0, vmax=1, alpha=0.85, extent=edges, interpolation="nearest")


def draw_outline(axes: Axes, mask: np.ndarray, k: int, frame: Frame, color: Color, width: float) -> None:
    """The border of a mask (I, J, K) half-way between the centres of covered and other pixels. width: points."""
    values, (x0, _, _, y1) = frame.cut(mask, k)
    if not values.any():
        return
    rows, columns = (np.arange(-0.5, n + 1) for n in values.shape)
    x, y = x0 + columns * frame.spacing[0], y1 + rows * frame.spacing[1]
    drawn = axes.contour(x, y, np.pad(values, 1).astype(np.float32), levels=[0.5], colors=[color], linewidths=width, zorder=5)
    if width > 2:
        drawn.set_path_effects(_shadow(width + 1.2))


def draw_crosshair(axes: Axes, frame: Frame) -> None:
    """Four ticks around the clicked pixel, open in the middle so that the lesion stays visible."""
    x, y = frame.click[0] * frame.spacing[0], frame.click[1] * frame.spacing[1]
    inner, outer = 0.012 * frame.width, 0.04 * frame.width
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        ends = [x + dx * inner, x + dx * outer], [y + dy * inner, y + dy * outer]
        axes.plot(*ends, color=CLICK, lw=1.6, path_effects=_shadow(2.8), zorder=8)


def draw_letters(axes: Axes) -> None:
    """The patient's right, left and front."""
    for x, y, letter in ((0.03, 0.5, "R"), (0.97, 0.5, "L"), (0.5, 0.965, "A")):
        _label(axes, x, y, letter, 9, axes.transAxes)


def slice_name(k: int, frame: Frame) -> str:
    """Slice k (turned grid) in words, by its number along the image's own axis and how far from the click it is."""
    if k == frame.click[2]:
        return f"slice {frame.own_slice(k)}, clicked"
    return f"slice {frame.own_slice(k)}, {(k - frame.click[2]) * frame.height:+.1f} mm".replace("-", MINUS)


def _label(axes: Axes, x: float, y: float, words: str, size: float, transform: Transform) -> None:
    effects = _shadow(2)
    axes.text(x, y, words, transform=transform, color="white", fontsize=size, ha="center", va="center", path_effects=effects, zorder=9)


def _shadow(width: float) -> list[patheffects.AbstractPathEffect]:
    return [patheffects.withStroke(linewidth=width, foreground="black")]
