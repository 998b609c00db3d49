"""The pictures of a reading report: the clicked slice three times, and each interpretation where it is largest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ssb.interpretations import Interpretation
from ssb.outputs.drawing import draw_crosshair, draw_heat, draw_image, draw_letters, draw_outline, new_tile, slice_name
from ssb.outputs.palette import CONSENSUS, interpretation_colors, member_colors
from ssb.outputs.views import Frame, intensity_window
from ssb.plausible import SampleSet
from ssb.volumes.volume import Volume

WIDTH, DPI = 2.6, 150
"""Of a square picture, in inches, and its pixels an inch."""


@dataclass(frozen=True)
class KeyImage:
    """A PNG and what it shows, in words for a caption and for who cannot see it."""

    png: bytes
    title: str
    slice: str


class KeyImages:
    """Draws them all on one frame with one grey scale, so that they can be compared."""

    def __init__(self, volume: Volume, sample_set: SampleSet, interpretations: Sequence[Interpretation]) -> None:
        self._volume, self._set, self._interpretations = volume, sample_set, interpretations
        self._frame = Frame.of(volume, sample_set)
        self.levels = intensity_window(self._frame.cut(volume, self._frame.click[2])[0])

    def clicked_slice(self) -> list[KeyImage]:
        """The image, the outlines of all samples and the consensus, and the disagreement."""
        found, k = self._set, self._frame.click[2]
        consensus = found.on_grid(found.consensus)

        def click(axes: Axes) -> None:
            draw_crosshair(axes, self._frame)
            draw_letters(axes)

        def outlines(axes: Axes) -> None:
            for mask, color in zip(found.masks, member_colors(self._interpretations), strict=True):
                draw_outline(axes, found.on_grid(mask), k, self._frame, color, 0.9)
            draw_outline(axes, consensus, k, self._frame, CONSENSUS, 2.2)

        def heat(axes: Axes) -> None:
            draw_heat(axes, found.on_grid(found.disagreement), k, self._frame)
            draw_outline(axes, consensus, k, self._frame, (1.0, 1.0, 1.0), 0.9)

        return [
            self._draw(k, "Image and click", click),
            self._draw(k, "All masks and the consensus", outlines),
            self._draw(k, "Disagreement", heat),
        ]

    def interpretation(self, number: int) -> KeyImage:
        """The `number`-th interpretation (from 0) on the slice where its representative is largest; the clicked one where it is empty."""
        shown = self._interpretations[number]
        mask = self._set.on_grid(self._set.masks[shown.representative])
        areas = self._frame.axes.turn(mask).sum(axis=(0, 1))
        k = int(np.argmax(areas)) if areas.any() else self._frame.click[2]
        color = interpretation_colors(self._interpretations)[number]
        return self._draw(k, shown.name, lambda axes: draw_outline(axes, mask, k, self._frame, color, 2.2))

    def _draw(self, k: int, title: str, on_top: Callable[[Axes], object]) -> KeyImage:
        figure = Figure(figsize=(WIDTH, WIDTH), dpi=DPI, facecolor="black")
        FigureCanvasAgg(figure)
        axes = new_tile(figure, (0.0, 0.0, 1.0, 1.0), self._frame)
        draw_image(axes, self._volume, k, self._frame, self.levels)
        on_top(axes)
        content = BytesIO()
        figure.savefig(content, format="png", metadata={"Software": None})
        return KeyImage(content.getvalue(), title, slice_name(k, self._frame))
