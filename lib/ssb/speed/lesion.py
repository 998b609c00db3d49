"""A lesion to time requests on: as many slices as asked, clear enough that every sample goes through all of them."""

from __future__ import annotations

import numpy as np

from ssb.datasets.phantom_chest import CORTEX, LUNG, WALL
from ssb.datasets.phantom_shapes import oval, paint
from ssb.plausible import Index
from ssb.volumes.volume import Volume

SPACING = (0.7, 0.7, 1.25)
WIDTH_MM = 16.0
RIB_MM = (30.0, 36.0)
"""Where the rib lies in front of the lesion, so that a window holds the greys of a chest."""
NOISE_HU = 24.0
MARGIN = 4
"""Slices of lung below and above."""


def tall_lesion(slices: int, side: int = 256, depth: int | None = None, width_mm: float = WIDTH_MM) -> tuple[Volume, Index]:
    """An image (side, side, depth) int16 HU with one lesion of so many slices in its middle, and the voxel to click on.

    The lesion is an upright column of soft tissue in a lung, with a rim of 2 mm. depth: slices of the image; by default the lesion's
    and some above and below. All our choice.
    """
    depth = slices + 2 * MARGIN if depth is None else depth
    middle = (side // 2, side // 2, depth // 2)
    x = ((np.arange(side) - middle[0]) * SPACING[0])[:, None]
    y = ((np.arange(side) - middle[1]) * SPACING[1])[None]
    lung = np.full((side, side), LUNG, dtype=np.float32)
    paint(lung, np.abs(y + sum(RIB_MM) / 2) - (RIB_MM[1] - RIB_MM[0]) / 2 + 0 * x, CORTEX, 1.0)
    column = lung.copy()
    paint(column, oval(x, y, (0.0, 0.0), (width_mm / 2, width_mm / 2)), WALL, 2.0)
    first = middle[2] - slices // 2
    hu = np.empty((side, side, depth), dtype=np.int16)
    rng = np.random.default_rng(0)
    for k in range(depth):
        plane = column if first <= k < first + slices else lung
        hu[:, :, k] = plane + NOISE_HU * rng.standard_normal(plane.shape, dtype=np.float32)
    return Volume(hu, np.diag([*SPACING, 1.0]), f"lesion of {slices} slices"), middle
