"""Axial slices as a radiologist reads them: the patient's left on the right of the picture, the front at the top."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssb.geometry import Axes, Sliceable
from ssb.plausible import SampleSet
from ssb.volumes.volume import Volume

LUNG_WINDOW = (-1000.0, 400.0)
SMALLEST_WIDTH_MM = 40.0
LESION_SHARE = 0.45
"""A picture is at least so wide, and a large lesion fills at most this part of it (our choice)."""


@dataclass(frozen=True)
class Frame:
    """The square of a slice that a picture shows.

    axes: the turn from the image's own grid to (left, back, head). spacing: mm along left and back. height: mm between slices.
    click: the clicked voxel in the turned grid. middle: mm from the first pixel's centre. width: mm.
    """

    axes: Axes
    spacing: tuple[float, float]
    height: float
    click: tuple[int, int, int]
    middle: tuple[float, float]
    width: float

    @classmethod
    def of(cls, volume: Volume, sample_set: SampleSet) -> Frame:
        """A frame around every voxel that any sample covers, and the click."""
        axes = Axes.of(volume)
        order = [int(axis) for axis in np.argsort(axes.orientation[:, 0])]
        left, back, head = (volume.spacing[axis] for axis in order)
        click = axes.to_patient(sample_set.request.point)
        covered = np.argwhere(axes.turn(sample_set.on_grid(sample_set.possible)).any(axis=2))
        points = (covered if len(covered) else np.array([click[:2]])) * (left, back)
        low, high = points.min(axis=0), points.max(axis=0)
        here = np.array([click[0] * left, click[1] * back])
        width = max(SMALLEST_WIDTH_MM, float((high - low).max()) / LESION_SHARE)
        middle = np.clip((low + high) / 2, here - 0.45 * width, here + 0.45 * width)
        return cls(axes, (left, back), head, click, (float(middle[0]), float(middle[1])), width)

    @property
    def limits(self) -> tuple[float, float, float, float]:
        """left, right, bottom, top of the picture in mm."""
        half = self.width / 2
        return self.middle[0] - half, self.middle[0] + half, self.middle[1] + half, self.middle[1] - half

    def own_slice(self, k: int) -> int:
        """The number of slice k (turned grid) along the image's own axis."""
        axis = int(np.argmax(self.axes.orientation[:, 0]))
        return k if self.axes.orientation[axis, 1] > 0 else self.axes.shape[axis] - 1 - k

    def cut(self, source: Sliceable, k: int) -> tuple[np.ndarray, tuple[float, float, float, float]]:
        """Slice k of an image or array (I, J, K, own grid) under the picture and a bit more: (rows, columns), and its edges as `limits`."""
        shape, parts = self.axes.turned_shape(), []
        for axis in range(2):
            low = int(np.floor((self.middle[axis] - self.width / 2) / self.spacing[axis])) - 2
            high = int(np.ceil((self.middle[axis] + self.width / 2) / self.spacing[axis])) + 3
            parts.append((max(low, 0), min(high, shape[axis])))
        (a, b), (c, d) = parts
        left, back = self.spacing
        return self.axes.cut(source, slice(a, b), slice(c, d), k).T, (
            (a - 0.5) * left,
            (b - 0.5) * left,
            (d - 0.5) * back,
            (c - 0.5) * back,
        )


def shown_slices(frame: Frame, sample_set: SampleSet, slices: int) -> list[int]:
    """The clicked slice between two others (turned grid, head last), each half-way to the lesion's end on its side but at least one off.

    slices: how many the image has. At the image's first or last slice, and in an image of one or two, there are fewer.
    """
    covered = np.flatnonzero(frame.axes.turn(sample_set.on_grid(sample_set.possible)).any(axis=(0, 1)))
    middle = frame.click[2]
    first, last = (int(covered[0]), int(covered[-1])) if len(covered) else (middle, middle)
    below = middle - max(1, round((middle - first) / 2))
    above = middle + max(1, round((last - middle) / 2))
    return [k for k in (below, middle, above) if 0 <= k < slices]


def intensity_window(pixels: np.ndarray) -> tuple[float, float]:
    """Black and white level for `pixels`: the lung window where they look like Hounsfield units, that is some are below -300, else their
    percentiles 0.5 and 99.5 (our choice)."""
    if pixels.min() < -300:
        return LUNG_WINDOW
    low, high = (float(v) for v in np.percentile(pixels, [0.5, 99.5]))
    return low, max(high, low + 1e-6)
