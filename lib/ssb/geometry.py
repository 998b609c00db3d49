"""From a click to scaled axial windows, and from masks on those windows back onto the image's own grid.

The network saw axial slices as DICOM stores them: rows run to the patient's back, columns to the left. A volume of any orientation
is looked at along its own axes, permuted and flipped to that order; an oblique grid stays on its own planes, so nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from nibabel.orientations import apply_orientation, inv_ornt_aff, io_orientation
from scipy.ndimage import map_coordinates

from ssb.plausible import Box, Index
from ssb.presets import Preset
from ssb.volumes.volume import Block, Volume

_ISOTROPIC = 0.01
PADDING_GAP = 30 / 255
"""Share of the range that lies empty above a minimum which is padding. Our choice, from the grey levels of the LIDC crops."""


def tissue_range(values: np.ndarray) -> tuple[float, float]:
    """Lowest and highest value, NaN left out; the lowest without the padding that some scanners and tools put around an image.

    Padding is one value below all others, with at least `PADDING_GAP` of the range empty above it: it would squeeze the tissue.
    """
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    above = float(np.min(values, where=values > low, initial=high))
    return (above, high) if above < high and above - low >= PADDING_GAP * (high - low) else (low, high)


class Sliceable(Protocol):
    """An array or a volume: what gives a block of itself."""

    def __getitem__(self, block: Block, /) -> np.ndarray: ...


@dataclass(frozen=True)
class Axes:
    """How the voxel axes of a grid map to (left, back, head): `orientation` as nibabel defines it, (3, 2)."""

    orientation: np.ndarray
    shape: Index

    @classmethod
    def of(cls, volume: Volume) -> Axes:
        """The axes of a volume; each voxel axis goes to the patient axis it is closest to."""
        return cls(io_orientation(volume.affine), volume.shape)

    def turn(self, array: np.ndarray) -> np.ndarray:
        """(I, J, K) on the image's own grid -> the same voxels as (left, back, head); a view."""
        return apply_orientation(array, self.orientation)

    def turned_shape(self) -> Index:
        """Of the grid as (left, back, head)."""
        found = [0, 0, 0]
        for voxel_axis, (patient_axis, _) in enumerate(self.orientation):
            found[int(patient_axis)] = self.shape[voxel_axis]
        return found[0], found[1], found[2]

    def cut(self, source: Sliceable, left: slice, back: slice, k: int) -> np.ndarray:
        """The block left x back of slice k of the turned grid, (left, back); of `source`, on the own grid, only this block is read."""
        box = self.box_back((left.start, back.start, k), (left.stop, back.stop, k + 1))
        return self.turn(source[box.slices])[:, :, 0]

    def turn_back(self, array: np.ndarray) -> np.ndarray:
        """The inverse of `turn` for a whole grid or a block of it; a view."""
        inverse = np.empty_like(self.orientation)
        for voxel_axis, (patient_axis, flip) in enumerate(self.orientation):
            inverse[int(patient_axis)] = voxel_axis, flip
        return apply_orientation(array, inverse)

    def to_patient(self, index: Index) -> Index:
        """Where the voxel `index` of the own grid lies in the turned grid."""
        own_from_turned = inv_ornt_aff(self.orientation, self.shape)
        point = np.linalg.solve(own_from_turned, [*index, 1.0])[:3].round().astype(int)
        return int(point[0]), int(point[1]), int(point[2])

    def box_back(self, start: Index, stop: Index) -> Box:
        """The box of the own grid that is start..stop (exclusive) in the turned grid."""
        own_from_turned = inv_ornt_aff(self.orientation, self.shape)
        corners = np.array([[*start, 1.0], [*(v - 1 for v in stop), 1.0]]) @ own_from_turned.T
        low, high = corners[:, :3].min(axis=0).round().astype(int), corners[:, :3].max(axis=0).round().astype(int) + 1
        return Box.between(low, high)


class Region:
    """The surroundings of a click, slice by slice, as the network wants them.

    A window has `preset.window` pixels a side with the click at pixel (window / 2, window / 2). Where the pixels are square and within
    `preset.spacing_mm` they are the image's own; else they are interpolated to `preset.resample_mm` (linear; our choice).
    """

    def __init__(self, volume: Volume, click: Index, preset: Preset) -> None:
        self.preset = preset
        self.axes = Axes.of(volume)
        self._volume = volume
        self.click = self.axes.to_patient(click)
        order = [int(axis) for axis in np.argsort(self.axes.orientation[:, 0])]
        self.spacing = tuple(volume.spacing[axis] for axis in order)
        across, down = self.spacing[:2]
        low, high = preset.spacing_mm
        square = abs(across / down - 1) <= _ISOTROPIC
        self.native = square and low <= across <= high
        self.pixel = (across, down) if self.native else (preset.resample_mm, preset.resample_mm)

    @property
    def slices(self) -> int:
        """Number of slices of the image, from feet to head."""
        return self.axes.turned_shape()[2]

    def window(self, k: int) -> np.ndarray:
        """Slice k around the click, (window, window) float32 in [-1, 1], axes row (to the back), column (to the left).

        Scaled by `tissue_range` over the pixels inside the image, after `preset.intensity_floor`; a window without contrast, and pixels
        beyond the image, are -1.
        """
        side = self.preset.window
        values = self._plane(self._volume, k, order=1)
        values = np.maximum(values, self.preset.intensity_floor)
        low, high = tissue_range(values)
        values = np.maximum(values, low)
        if not high > low:
            return np.full((side, side), -1.0, dtype=np.float32)
        return np.nan_to_num((values - low) * (2.0 / (high - low)) - 1.0, nan=-1.0).astype(np.float32)

    def labels(self, labels: np.ndarray, k: int) -> np.ndarray:
        """Slice k of an array of labels (I, J, K) on the image's own grid, on the window: int8 (window, window), 0 beyond the image.

        Where the window is interpolated, each pixel takes the label of the nearest voxel.
        """
        return np.nan_to_num(self._plane(labels, k, order=0), nan=0.0).astype(np.int8)

    def place(self, index: Index) -> tuple[float, float, int]:
        """Where the voxel `index` of the own grid lies: column and row of the window, maybe beyond it, and the slice."""
        across, down, k = self.axes.to_patient(index)
        half = self.preset.window // 2
        column, row = (half + (v - self.click[axis]) * self.spacing[axis] / self.pixel[axis] for axis, v in enumerate((across, down)))
        return column, row, k

    def put_back(self, masks: np.ndarray, first: int) -> tuple[np.ndarray, Box]:
        """Masks on windows back on the image's own grid.

        masks: (N, S, window, window) bool, slices first .. first + S - 1.
        Returns (N, a, b, c) bool and the box of the own grid that holds them. Interpolated windows: a voxel belongs to the mask where
        the linearly interpolated mask reaches one half.
        """
        (columns, rows), (across, down) = self._overlap()
        if self.native:
            turned = masks[:, :, rows, columns].transpose(0, 3, 2, 1)
        else:
            grid = np.meshgrid(*self._window_coordinates(across, down), indexing="ij")
            planes = masks.transpose(0, 1, 3, 2).reshape(-1, *masks.shape[2:]).astype(np.float32)
            placed = np.stack([map_coordinates(plane, grid, order=1, cval=0.0) for plane in planes]) >= 0.5
            turned = placed.reshape(*masks.shape[:2], *placed.shape[1:]).transpose(0, 2, 3, 1)
        own = np.stack([self.axes.turn_back(mask) for mask in turned])
        start = (across.start, down.start, first)
        stop = (across.stop, down.stop, first + masks.shape[1])
        return own, self.axes.box_back(start, stop)

    def _plane(self, source: Sliceable, k: int, order: int) -> np.ndarray:
        """Slice k of an array or volume on the window, float32 (window, window), NaN beyond the image; order of the interpolation: 0 or 1.

        Only what lies under the window is read.
        """
        inside, (left, back) = self._overlap()
        if self.native:
            values = np.full((self.preset.window, self.preset.window), np.nan, dtype=np.float32)
            values[inside[1], inside[0]] = self.axes.cut(source, left, back, k).T
            return values
        grid = np.meshgrid(*self._source_coordinates(), indexing="ij")
        plane = np.zeros(self.axes.turned_shape()[:2], dtype=np.float32)
        # one pixel more: the last coordinate may lie between two
        left, back = (slice(part.start, min(part.stop + 1, n)) for part, n in zip((left, back), plane.shape, strict=True))
        plane[left, back] = self.axes.cut(source, left, back, k)
        return map_coordinates(plane, grid, order=order, cval=np.nan).T

    def _overlap(self) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
        """(columns, rows) of the window inside the image, and the image's pixels (left, back) under the window."""
        target, source = [], []
        for axis in range(2):
            half = self.preset.window // 2
            if not self.native:
                half = int(np.ceil(half * self.pixel[axis] / self.spacing[axis]))
            start, stop = self.click[axis] - half, self.click[axis] + half
            low, high = max(start, 0), min(stop, self.axes.turned_shape()[axis])
            source.append(slice(low, high))
            target.append(slice(low - start, high - start))
        return (target[0], target[1]), (source[0], source[1])

    def _source_coordinates(self) -> list[np.ndarray]:
        """Image coordinates of the window's columns and rows."""
        steps = np.arange(self.preset.window) - self.preset.window // 2
        return [self.click[axis] + steps * self.pixel[axis] / self.spacing[axis] for axis in range(2)]

    def _window_coordinates(self, across: slice, down: slice) -> list[np.ndarray]:
        """Window coordinates of the image's columns and rows."""
        half = self.preset.window // 2
        return [
            half + (np.arange(part.start, part.stop) - self.click[axis]) * self.spacing[axis] / self.pixel[axis]
            for axis, part in enumerate((across, down))
        ]
