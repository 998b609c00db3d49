"""How large each interpretation is, with its spread over the samples that belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ssb.interpretations import Interpretation
from ssb.measurements import Interval, axial_diameter_mm, interval, voxel_ml
from ssb.plausible import SampleSet


@dataclass(frozen=True)
class Size:
    """volume_ml in millilitres and diameter_mm, the longest axial one, in millimetres; both 0 for an empty mask."""

    volume_ml: float
    diameter_mm: float


@dataclass(frozen=True)
class SizeInterval:
    """The same as median and 5-95 % interval over several masks."""

    volume_ml: Interval
    diameter_mm: Interval


def sizes(sample_set: SampleSet) -> tuple[Size, ...]:
    """The size of each sample, in their order."""
    unit = voxel_ml(sample_set.affine)
    return tuple(Size(float(mask.sum() * unit), axial_diameter_mm(mask, sample_set.affine)) for mask in sample_set.masks)


def sizes_within(interpretations: Sequence[Interpretation], of_samples: Sequence[Size]) -> tuple[SizeInterval, ...]:
    """For each interpretation the spread over its members; of_samples: what `sizes` gives for the same sample set."""
    members = [[of_samples[index] for index in found.members] for found in interpretations]
    return tuple(
        SizeInterval(interval([size.volume_ml for size in group]), interval([size.diameter_mm for size in group])) for group in members
    )
