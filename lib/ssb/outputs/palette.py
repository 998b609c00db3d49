"""Colours of consensus, interpretations and samples, the same in files and figures."""

from __future__ import annotations

import colorsys
import itertools
from collections.abc import Sequence

from ssb.interpretations import Interpretation

Color = tuple[float, float, float]

GOLDEN_ANGLE = 0.381966
"""Part of the colour circle between neighbouring colours, so that any number of them stay apart."""

CONSENSUS: Color = (1.0, 0.95, 0.35)
NO_LESION: Color = (0.62, 0.66, 0.70)
INTERPRETATIONS: tuple[Color, ...] = (
    (0.26, 0.79, 0.96),
    (0.98, 0.47, 0.66),
    (0.45, 0.87, 0.47),
    (1.0, 0.63, 0.25),
    (0.72, 0.56, 1.0),
    (0.20, 0.84, 0.75),
)


def interpretation_colors(interpretations: Sequence[Interpretation]) -> list[Color]:
    """RGB in [0, 1] for each: bright on black, six of them in turn, grey for "no lesion" (our choice)."""
    filled = itertools.cycle(INTERPRETATIONS)
    return [next(filled) if found.volume_ml > 0 else NO_LESION for found in interpretations]


def member_colors(interpretations: Sequence[Interpretation]) -> list[Color]:
    """RGB in [0, 1] for each sample of a set, in the samples' order: that of its interpretation."""
    colors = interpretation_colors(interpretations)
    own = {member: color for found, color in zip(interpretations, colors, strict=True) for member in found.members}
    return [own[sample] for sample in range(len(own))]


def sample_color(index: int) -> Color:
    """RGB in [0, 1] of the sample at `index` from 0: muted, steps of the golden angle around the colour circle (our choice)."""
    return colorsys.hsv_to_rgb((0.58 + index * GOLDEN_ANGLE) % 1.0, 0.75, 0.80 - 0.12 * (index % 3))
