"""How large each interpretation is, with its spread over the samples that belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ssb.interpretations import Interpretation
from ssb.measurements import Interval, Size, interval


@dataclass(frozen=True)
class SizeInterval:
    """The size as median and 5-95 % interval over several masks."""

    volume_ml: Interval
    diameter_mm: Interval


def sizes_within(interpretations: Sequence[Interpretation], of_samples: Sequence[Size]) -> tuple[SizeInterval, ...]:
    """For each interpretation the spread over its members; of_samples: what `ssb.measurements.sizes` gives for the same sample set."""
    members = [[of_samples[index] for index in found.members] for found in interpretations]
    return tuple(
        SizeInterval(interval([size.volume_ml for size in group]), interval([size.diameter_mm for size in group])) for group in members
    )
