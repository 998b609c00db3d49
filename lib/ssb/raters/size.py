"""Who draws systematically larger or smaller than the other raters."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ssb.raters.agreement import shared_lesions
from ssb.raters.estimate import Estimate, student_mean
from ssb.raters.facts import ImageFacts, raters_of

LARGER, SMALLER = "larger", "smaller"


@dataclass(frozen=True)
class Size:
    """A rater's volumes as multiples of the others', over lesions that both marked.

    ratio: against the middle one of the other raters; 1.2 says a fifth larger, and its interval holds against more than half of them.
    lesions: marked by this rater and another one. verdict: "larger" or "smaller" where the interval leaves out 1, else None.
    against: the ratio to each other rater.
    """

    ratio: Estimate
    lesions: int
    verdict: str | None
    against: dict[str, Estimate]


def sizes(images: Sequence[ImageFacts]) -> dict[str, Size]:
    """The size of each rater.

    The ratio of two raters is exp of the mean, over images, of the mean over an image's lesions of log(volume / other's volume); lesions
    of one image do not count as independent. Its interval is Student's, wide enough that 95 % hold for all raters together. A rater is
    named only where the intervals against more than half of the others lie on one side of 1: else one rater who draws large would make all
    others look small. Between two raters alone a difference cannot be pinned on one of them, and both are named. Our choice.
    """
    raters = raters_of(images)
    return {rater: _size(images, rater, [other for other in raters if other != rater]) for rater in raters}


def _size(images: Sequence[ImageFacts], rater: str, others: list[str]) -> Size:
    logs = {other: student_mean(_log_ratios(images, rater, other), asked=len(others) + 1) for other in others}
    known = [log for log in logs.values() if math.isfinite(log.value)]
    middle = _middle(known)
    verdict = LARGER if middle.low > 0 else SMALLER if middle.high < 0 else None
    return Size(
        ratio=_exp(middle),
        lesions=sum(_marked_by_two(facts, rater) for facts in images if rater in facts.raters),
        verdict=verdict,
        against={other: _exp(log) for other, log in logs.items()},
    )


def _log_ratios(images: Sequence[ImageFacts], rater: str, other: str) -> np.ndarray:
    """Mean log ratio of the two volumes in each image with lesions that both marked."""
    found: dict[str, list[float]] = defaultdict(list)
    for image, lesion, a, b in shared_lesions(images, rater, other):
        if lesion.marked[a] and lesion.marked[b]:
            found[image].append(math.log(lesion.volume_ml[a] / lesion.volume_ml[b]))
    return np.array([np.mean(values) for values in found.values()])


def _middle(logs: list[Estimate]) -> Estimate:
    """Median of the values; the interval whose ends hold against more than half of the others. Unknown ends count as no evidence."""
    if not logs:
        return Estimate(math.nan, math.nan, math.nan)
    lows = sorted((-math.inf if math.isnan(log.low) else log.low for log in logs), reverse=True)
    highs = sorted(math.inf if math.isnan(log.high) else log.high for log in logs)
    return Estimate(float(np.median([log.value for log in logs])), lows[len(logs) // 2], highs[len(logs) // 2])


def _marked_by_two(facts: ImageFacts, rater: str) -> int:
    return sum(bool(lesion.marked[facts.raters.index(rater)] and lesion.marked.sum() > 1) for lesion in facts.lesions)


def _exp(log: Estimate) -> Estimate:
    return Estimate(*(math.exp(end) if math.isfinite(end) else math.nan for end in (log.value, log.low, log.high)))
