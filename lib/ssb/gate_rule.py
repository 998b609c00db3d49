"""When a retrained model counts as not worse than the one in use.

Each held-out image gives a pair: its score with the new model and with the old one, drawn alike. Their difference takes the image's own
difficulty out, and the paired bootstrap resamples images, each with both of its scores, so what is left is how far the change
differs from image to image. A model is not worse where for each of GED, D_DDI and Dice of the consensus (ours, all three):

1. the mean change is no worsening of more than a margin, a share of the old model's mean (of 1 - Dice for Dice): with few images the
   interval is too wide to tell anything, and it is this that refuses a model that has learnt nonsense;
2. the 95 % bootstrap interval of the mean change does not lie on the worse side as a whole: with many images it is narrow, and a small
   worsening that is no chance is one all the same, whatever the margin.

We do not ask for proof of being better, nor that the whole interval stay below the margin: with the ten or so held-out images of a site
that would refuse most models that are better, and a version that turns out worse can be taken back. Equal models pass, also bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ssb.metrics import patient_interval

FEWEST_IMAGES = 3
"""Held-out images below which nothing is published, and below which a measure does not decide. Our choice: two say nothing of a spread."""

TITLES = {"ged": "GED", "ged_unbiased": "GED, unbiased", "d_ddi": "D_DDI", "dice": "Dice of the consensus"}
MEASURES = tuple(TITLES)
MARGINS = {"ged": 0.05, "d_ddi": 0.2, "dice": 0.05}
"""Share of the old mean by which a measure may worsen; the unbiased GED is only reported, since one rater alone leaves it undefined.
Our choice: 5 % is what a site may lose on other data, and D_DDI is the noisiest of the three."""


@dataclass(frozen=True)
class Change:
    """One measure on the held-out images.

    old, new: means over the images where it is defined. difference: new - old. low, high: its 95 % bootstrap interval over images.
    images: how many count. allowed: the worsening that is let pass, None where the measure does not decide. NaN where undefined.
    """

    measure: str
    old: float
    new: float
    difference: float
    low: float
    high: float
    images: int
    allowed: float | None

    @property
    def beyond_margin(self) -> bool:
        """Whether the mean change is a worsening of more than is allowed."""
        return self.allowed is not None and self._worsening(self.difference) > self.allowed

    @property
    def beyond_chance(self) -> bool:
        """Whether the whole interval lies on the worse side."""
        return self.allowed is not None and min(self._worsening(self.low), self._worsening(self.high)) > 0

    @property
    def not_worse(self) -> bool:
        """The rule of this module; True where the measure does not decide."""
        return not (self.beyond_margin or self.beyond_chance)

    def as_json(self) -> dict[str, Any]:
        """The fields with title, interval [low, high] and not_worse; None for what is not defined."""
        found = {key: _number(value) for key, value in asdict(self).items() if key not in ("low", "high")}
        interval = [self.low, self.high] if np.isfinite([self.low, self.high]).all() else None
        return {**found, "title": TITLES[self.measure], "interval": interval, "not_worse": self.not_worse}

    def __str__(self) -> str:
        change = f"{self.difference:+.3f}, 95 % interval {self.low:+.3f} to {self.high:+.3f}"
        return f"{TITLES[self.measure]} {self.old:.3f} -> {self.new:.3f} ({change})"

    def _worsening(self, change: float) -> float:
        return -change if self.measure == "dice" else change


def changes_of(old: np.ndarray, new: np.ndarray, images: Sequence[str], seed: int) -> list[Change]:
    """One change a measure. old, new: (images, MEASURES) float64, NaN where undefined, which must be so for both models alike."""
    difference = new - old
    low, high = patient_interval(difference, images, seed=seed)
    found = []
    for column, measure in enumerate(MEASURES):
        defined = ~np.isnan(difference[:, column])
        count = int(defined.sum())
        means = [float(values[defined, column].mean()) if count else np.nan for values in (old, new, difference)]
        base = 1.0 - means[0] if measure == "dice" else means[0]
        decides = measure in MARGINS and count >= FEWEST_IMAGES
        allowed = MARGINS[measure] * base if decides else None
        found.append(Change(measure, *means, float(low[column]), float(high[column]), count, allowed))
    return found


def sentence(changes: Sequence[Change], images: int) -> str:
    """The verdict in one sentence with its figures."""
    judged = [change for change in changes if change.allowed is not None]
    worse = [change for change in judged if not change.not_worse]
    if not worse:
        return f"Not worse on {images} held-out images: {', '.join(map(str, judged))}."
    told = [f"{change}, {_why(change)}" for change in worse]
    return f"Worse on {images} held-out images: {'; '.join(told)}."


def _why(change: Change) -> str:
    if change.beyond_margin:
        return f"a worsening of at most {change.allowed:.3f} is let pass"
    return "a worsening beyond chance"


def _number(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value
