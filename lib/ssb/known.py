"""What a reader has said about single voxels: points that a mask must cover or leave out, and a correction that stays as it is.

Both take part in the sampling as logits that are added to the network's output at every step, as the neighbouring slice's do (see
`ssb.next_slice.belief_from`). A point speaks to its surroundings and fades with the distance; a fixed voxel speaks for itself alone, and as
good as fixes the path there, so that the network sees it while it decides about the rest. All our choice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ssb.errors import InputError
from ssb.geometry import Region
from ssb.plausible import Box, Index

INSIDE, OUTSIDE = 1, -1
"""Values of a fixed voxel; 0 is free."""

POINT_LOGITS = 2.0
"""Of a point on its own pixel, the first time that it is told. Our choice, by `benchmarks/clicks_setting.py` on the LIDC val split."""
POINT_REACH_MM = 1.5
"""Deviation, in mm, of the bell with which a point's say fades: about two pixels. Our choice, by the same."""
FIXED_LOGITS = 30.0
"""Of a fixed voxel: far more than any network says. Our choice."""


def correction(edited: np.ndarray, touched: np.ndarray) -> np.ndarray:
    """What a viewer sends as the int8 that `Known` takes: `edited`, the mask after the edit, where the reader `touched` it, else 0.

    edited, touched: (I, J, K) bool on the image's own grid.
    """
    return np.where(touched, np.where(edited, INSIDE, OUTSIDE), 0).astype(np.int8)


@dataclass(frozen=True)
class Known:
    """Points and fixed voxels around a click.

    inside, outside: voxels of the image that every mask must cover or leave out. fixed: (I, J, K) int8 on the image's own grid, INSIDE,
    OUTSIDE or 0 where the masks are free; None for no correction. Errors (InputError): a correction of another shape or with other
    values, and a point that contradicts it.
    """

    region: Region
    inside: tuple[Index, ...] = ()
    outside: tuple[Index, ...] = ()
    fixed: np.ndarray | None = None
    _turned: np.ndarray | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.fixed is None:
            return
        shape = self.region.axes.shape
        if self.fixed.shape != shape or not np.isin(self.fixed, (INSIDE, 0, OUTSIDE)).all():
            raise InputError(f"The correction must hold {INSIDE}, 0 and {OUTSIDE} on the image's grid of {shape} voxels.")
        for points, against, told in ((self.inside, OUTSIDE, "inside"), (self.outside, INSIDE, "outside")):
            for point in points:
                if self.fixed[point] == against:
                    raise InputError(f"The point {point} is asked {told} of the lesion, but the correction says the opposite there.")
        object.__setattr__(self, "_turned", self.region.axes.turn(self.fixed))

    @property
    def has_points(self) -> bool:
        """Whether masks may have to be dropped."""
        return bool(self.inside or self.outside)

    def told(self, k: int, loudness: float) -> np.ndarray | None:
        """Logits float32 (W, W) for slice k of the region, None where nothing is said there. loudness: factor of the points' say."""
        logits = loudness * self._points_say(k) if loudness and self.has_points else None
        fixed = self._fixed_on(k)
        if fixed is not None and fixed.any():
            logits = np.where(fixed, FIXED_LOGITS * fixed, 0.0 if logits is None else logits)
        return None if logits is None else logits.astype(np.float32)

    def drawn(self, k: int) -> np.ndarray:
        """(W, W) bool: the pixels of slice k that the correction fixes inside of the lesion."""
        fixed, side = self._fixed_on(k), self.region.preset.window
        return np.zeros((side, side), dtype=bool) if fixed is None else fixed == INSIDE

    def drawn_beyond(self, k: int, way: int) -> bool:
        """Whether the correction fixes voxels inside of the lesion on slices further than k; way: 1 for upwards, -1 for downwards."""
        if self._turned is None:
            return False
        beyond = self._turned[:, :, max(k + 1, 0) :] if way > 0 else self._turned[:, :, : max(k, 0)]
        return bool((beyond == INSIDE).any())

    def fix(self, masks: np.ndarray, box: Box) -> tuple[np.ndarray, Box]:
        """Masks (N, a, b, c) inside `box` of the image's own grid with the fixed voxels as they were fixed; the box may grow."""
        if self.fixed is None:
            return masks, box
        at = np.concatenate([np.argwhere(self.fixed == INSIDE), [box.start, np.array(box.stop) - 1]])
        low, high = at.min(axis=0), at.max(axis=0) + 1
        wider = Box.between(low, high)
        margins = [(a - b, d - c) for a, b, c, d in zip(box.start, wider.start, box.stop, wider.stop, strict=True)]
        fixed = self.fixed[wider.slices]
        return (np.pad(masks, [(0, 0), *margins]) | (fixed == INSIDE)) & (fixed != OUTSIDE), wider

    def agrees(self, masks: np.ndarray, box: Box) -> np.ndarray:
        """(N,) bool: which of the masks (N, a, b, c) inside `box` cover all inside points and no outside point."""
        found = np.ones(len(masks), dtype=bool)
        for points, wanted in ((self.inside, True), (self.outside, False)):
            for point in points:
                at = np.array(point) - box.start
                within = bool(((at >= 0) & (at < masks.shape[1:])).all())
                found &= masks[:, at[0], at[1], at[2]] == wanted if within else not wanted
        return found

    def _points_say(self, k: int) -> np.ndarray:
        """Logits (W, W) of the points on slice k: each pixel hears the nearest point alone, the louder the nearer it is."""
        region = self.region
        steps = np.arange(region.preset.window)
        squares, signs = [], []
        for points, sign in ((self.inside, 1.0), (self.outside, -1.0)):
            for point in points:
                column, row, slice_ = region.place(point)
                across, down = (steps - column) * region.pixel[0], (steps - row) * region.pixel[1]
                squares.append(across[None, :] ** 2 + down[:, None] ** 2 + ((k - slice_) * region.spacing[2]) ** 2)
                signs.append(sign)
        nearest = np.argmin(squares, axis=0)
        say = POINT_LOGITS * np.exp(-np.min(squares, axis=0) / (2 * POINT_REACH_MM**2))
        return np.asarray(signs)[nearest] * say

    def _fixed_on(self, k: int) -> np.ndarray | None:
        """Slice k of the correction on the window, int8 (W, W); None without one there."""
        if self.fixed is None or not 0 <= k < self.region.slices:
            return None
        return self.region.labels(self.fixed, k)
