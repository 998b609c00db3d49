"""A sample set as a few lines of text for a terminal."""

from __future__ import annotations

from ssb.interpretations import interpret
from ssb.measurements import Interval, measure
from ssb.plausible import SampleSet


def table(sample_set: SampleSet) -> str:
    """What a reader wants to know first: interpretations with share and volume, measurements with their 5-95 % interval, notes."""
    found = measure(sample_set)
    lines = [f"{'':20} {'share':>7} {'volume':>12}"]
    lines += [f"{group.name:20} {group.share:7.0%} {group.volume_ml:9.3f} mL" for group in interpret(sample_set)]
    lines += [
        f"{'volume':20} {_interval(found.volume_ml, 'mL', 3)}",
        f"{'axial diameter':20} {_interval(found.diameter_mm, 'mm', 1)}",
        f"{'agreement':20} {found.agreement:.2f} (mean pairwise Dice of the {len(sample_set.masks)} samples)",
        *sample_set.notes,
    ]
    return "\n".join(lines)


def _interval(interval: Interval, unit: str, digits: int) -> str:
    return f"{interval.median:.{digits}f} {unit} (5-95 %: {interval.low:.{digits}f} to {interval.high:.{digits}f})"
