"""What the disagreement means for the measurement: volume and diameter with their spread over the samples."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.spatial.distance import pdist

from ssb.metrics.pairwise import dice_matrix
from ssb.plausible import SampleSet


@dataclass(frozen=True)
class Interval:
    """Median and the 5th and 95th percentile (linear between order statistics)."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Size:
    """volume_ml in millilitres and diameter_mm, the longest axial one, in millimetres; both 0 for an empty mask."""

    volume_ml: float
    diameter_mm: float


@dataclass(frozen=True)
class Measurements:
    """volume_ml in millilitres, diameter_mm in millimetres, over all samples, empty ones as 0. agreement: mean Dice over the pairs of
    samples, two empty ones count 1; 1 for a single sample."""

    volume_ml: Interval
    diameter_mm: Interval
    agreement: float

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


def voxel_ml(affine: np.ndarray) -> float:
    """Volume of one voxel in mL for an affine (4, 4) in mm."""
    return float(abs(np.linalg.det(affine[:3, :3])) / 1000.0)


def axial_diameter_mm(mask: np.ndarray, affine: np.ndarray) -> float:
    """Longest distance in mm between two corners of a mask's pixels within one slice, the largest over the slices; 0 if empty.

    mask: (a, b, c) bool. Slices lie across the voxel axis that is closest to the patient's long axis. Corner to corner, so that a
    single pixel has the length of its diagonal; our choice (RECIST 1.1 measures outer edge to outer edge).
    """
    axis = int(np.argmax(np.abs(affine[2, :3]) / np.linalg.norm(affine[:3, :3], axis=0)))
    plane_axes = [a for a in range(3) if a != axis]
    columns = affine[:3, plane_axes]
    longest = 0.0
    for plane in np.moveaxis(mask, axis, 0):
        if plane.any():
            longest = max(longest, float(pdist(_outer_corners(plane) @ columns.T).max()))
    return longest


def _outer_corners(plane: np.ndarray) -> np.ndarray:
    """The first and the last corner of the pixels (a, b) bool in each row of corners, (n, 2): the farthest pair is among them."""
    corners = np.zeros((plane.shape[0] + 1, plane.shape[1] + 1), dtype=bool)
    for rows in (slice(None, -1), slice(1, None)):
        for columns in (slice(None, -1), slice(1, None)):
            corners[rows, columns] |= plane
    found = np.flatnonzero(corners.any(axis=1))
    some = corners[found]
    first, last = some.argmax(axis=1), some.shape[1] - 1 - some[:, ::-1].argmax(axis=1)
    return np.concatenate([np.column_stack([found, first]), np.column_stack([found, last])])


def interval(values: list[float]) -> Interval:
    """The values' median and 5-95 % interval; at least one value."""
    low, median, high = np.percentile(values, [5, 50, 95])
    return Interval(float(median), float(low), float(high))


def sizes(sample_set: SampleSet) -> tuple[Size, ...]:
    """The size of each sample, in their order."""
    unit = voxel_ml(sample_set.affine)
    return tuple(Size(float(mask.sum() * unit), axial_diameter_mm(mask, sample_set.affine)) for mask in sample_set.masks)


def measure(sample_set: SampleSet) -> Measurements:
    """Volume, longest axial diameter and agreement of a sample set."""
    found = sizes(sample_set)
    dice = dice_matrix(sample_set.masks, sample_set.masks)
    pairs = np.triu_indices(len(dice), k=1)
    agreement = float(dice[pairs].mean()) if len(dice) > 1 else 1.0
    return Measurements(interval([size.volume_ml for size in found]), interval([size.diameter_mm for size in found]), agreement)
