"""Who misses lesions that the other raters mark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ssb.raters.estimate import Estimate
from ssb.raters.facts import ImageFacts, raters_of


@dataclass(frozen=True)
class Detection:
    """A rater against the lesions that more than half of the other raters who looked at the image marked.

    found of `lesions`: how many of them this rater marked. sensitivity: their share with Wilson's interval of 95 % (Journal of the American
    Statistical Association 22:209-212, 1927), NaN where there are none. missed_ml: median, over the missed ones, of the markers' mean
    volume; NaN where none was missed. alone: lesions that only this rater marked while others looked.
    misses: whether the interval ends below the share that the other raters together find of theirs (our choice).
    """

    found: int
    lesions: int
    sensitivity: Estimate
    missed_ml: float
    alone: int
    misses: bool


def detections(images: Sequence[ImageFacts]) -> dict[str, Detection]:
    """The detection of each rater; images that nobody else looked at say nothing."""
    counts = {rater: _Counts.of(images, rater) for rater in raters_of(images)}
    return {rater: _detection(rater, counts) for rater in counts}


@dataclass(frozen=True)
class _Counts:
    found: int
    lesions: int
    missed: list[float]
    alone: int

    @classmethod
    def of(cls, images: Sequence[ImageFacts], rater: str) -> _Counts:
        found, lesions, alone = 0, 0, 0
        missed: list[float] = []
        for facts in images:
            if rater not in facts.raters or len(facts.raters) < 2:
                continue
            place = facts.raters.index(rater)
            for lesion in facts.lesions:
                others = int(lesion.marked.sum()) - int(lesion.marked[place])
                alone += others == 0
                if 2 * others > len(facts.raters) - 1:
                    lesions += 1
                    found += bool(lesion.marked[place])
                    if not lesion.marked[place]:
                        missed.append(float(lesion.volume_ml[lesion.marked].mean()))
        return cls(found, lesions, missed, alone)


def _detection(rater: str, counts: dict[str, _Counts]) -> Detection:
    own = counts[rater]
    sensitivity = _share(own.found, own.lesions)
    others = [count for name, count in counts.items() if name != rater]
    asked = sum(count.lesions for count in others)
    misses = asked > 0 and sensitivity.high < sum(count.found for count in others) / asked
    median = float(np.median(own.missed)) if own.missed else math.nan
    return Detection(own.found, own.lesions, sensitivity, median, own.alone, misses)


def _share(part: int, whole: int) -> Estimate:
    if not whole:
        return Estimate(math.nan, math.nan, math.nan)
    interval = stats.binomtest(part, whole).proportion_ci(method="wilson")
    return Estimate(part / whole, float(interval.low), float(interval.high))
