"""The report's findings as sentences: who draws larger or smaller, and who misses lesions."""

from __future__ import annotations

from collections.abc import Mapping

from ssb.raters.detection import Detection
from ssb.raters.size import Size


def findings(sizes: Mapping[str, Size], detections: Mapping[str, Detection]) -> list[str]:
    """One sentence for each rater who draws systematically larger or smaller, then for each who misses lesions; maybe none."""
    drawn = [_size(rater, size, len(sizes)) for rater, size in sizes.items() if size.verdict]
    return drawn + [_misses(rater, found) for rater, found in detections.items() if found.misses]


def _size(rater: str, size: Size, raters: int) -> str:
    ratio = size.ratio
    other = "the other rater's" if raters == 2 else "those of the middle one of the other raters"
    return (
        f"{rater} draws {size.verdict}: volumes are {ratio.value:.2f} times {other} "
        f"(95 %: {ratio.low:.2f} to {ratio.high:.2f}, {size.lesions} lesions)."
    )


def _misses(rater: str, found: Detection) -> str:
    share = found.sensitivity
    return (
        f"{rater} misses lesions: found {found.found} of the {found.lesions} that most of the others marked "
        f"({100 * share.value:.0f} %, 95 %: {100 * share.low:.0f} to {100 * share.high:.0f} %), "
        f"the missed ones with a median of {found.missed_ml:.2f} mL."
    )
