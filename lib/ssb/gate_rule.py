"""When a retrained model counts as not worse than the one in use.

Each held-out image gives a pair: its score with the new model and with the old one, drawn alike. Their difference takes the image's own
difficulty out, and the paired bootstrap resamples images, each with both of its scores, so what is left is how far the change
differs from image to image. The new model is not worse where

1. for GED and for D_DDI, with 90 % confidence (one-sided, by the bootstrap), the mean has not worsened by more than a margin, a share of
   the old model's mean: a test of non-inferiority, so the burden of proof is on the new model;
2. none of GED, D_DDI and Dice of the consensus has worsened beyond chance: their 95 % intervals do not lie on the worse side as a whole.
   This matters with many images, where a small worsening is known to be one, whatever the margin.

All our choice. The mean change alone, without the first rule's confidence, would let a model that has learnt nonsense pass by luck where
there are few images; demanding 95 % or 97.5 % would refuse most of those that are better with the handful of held-out images that a
small site has. What is refused is kept, and the site goes on with what it had. Dice has no margin: on images where some raters drew
nothing it jumps between 0 and 1 with single samples, so it would decide by chance. Equal models pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ssb.metrics import patient_interval
from ssb.metrics.bootstrap import resampled_means

FEWEST_IMAGES = 3
"""Held-out images below which nothing is published, and below which a measure does not decide. Our choice: two say nothing of a spread."""

TITLES = {"ged": "GED", "ged_unbiased": "GED, unbiased", "d_ddi": "D_DDI", "dice": "Dice of the consensus"}
MEASURES = tuple(TITLES)
DECIDING = ("ged", "d_ddi", "dice")
"""The unbiased GED is only reported: a single rater leaves it undefined, and the biased form says the same of equal numbers of samples."""
MARGINS = {"ged": 0.05, "d_ddi": 0.1}
"""Share of the old model's mean. Our choice: 5 % is what a site may lose elsewhere, too; D_DDI is the noisier one."""
CONFIDENCE = 0.9


@dataclass(frozen=True)
class Change:
    """One measure on the held-out images.

    old, new: means over the images where it is defined. difference: new - old. low, high: its 95 % bootstrap interval over images.
    worst: the worsening that it stays below with the confidence of the rule. allowed: the one that is let pass, NaN without a margin.
    images: how many count. decides: whether the rule asks for it. Numbers are NaN where they are not defined.
    """

    measure: str
    old: float
    new: float
    difference: float
    low: float
    high: float
    worst: float
    allowed: float
    images: int
    decides: bool

    @property
    def beyond_chance(self) -> bool:
        """Whether the whole interval lies on the worse side."""
        return self.decides and (self.high < 0 if self.measure == "dice" else self.low > 0)

    @property
    def beyond_margin(self) -> bool:
        """Whether a worsening of more than the margin cannot be ruled out."""
        return self.decides and self.worst > self.allowed

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


def changes_of(old: np.ndarray, new: np.ndarray, images: Sequence[str], seed: int) -> list[Change]:
    """One change a measure. old, new: (images, MEASURES) float64, NaN where undefined, which must be so for both models alike."""
    difference = new - old
    low, high = patient_interval(difference, images, seed=seed)
    resamples = resampled_means(difference, images, seed=seed)
    found = []
    for column, measure in enumerate(MEASURES):
        defined = ~np.isnan(difference[:, column])
        count = int(defined.sum())
        before, after, change = (float(values[defined, column].mean()) if count else np.nan for values in (old, new, difference))
        worsenings = resamples[:, column] * (-1 if measure == "dice" else 1)
        decides = measure in DECIDING and count >= FEWEST_IMAGES
        worst = float(np.nanquantile(worsenings, CONFIDENCE)) if decides else np.nan
        allowed = MARGINS.get(measure, np.nan) * before
        ends = float(low[column]), float(high[column])
        found.append(Change(measure, before, after, change, *ends, worst, allowed, count, decides))
    return found


def sentence(changes: Sequence[Change], images: int) -> str:
    """The verdict in one sentence with its figures."""
    deciding = [change for change in changes if change.decides]
    worse = [change for change in deciding if change.beyond_chance]
    open_still = [change for change in deciding if change.beyond_margin and not change.beyond_chance]
    if worse:
        return f"Worse on {images} held-out images: {', '.join(map(str, worse))}."
    if open_still:
        told = [f"{one}, at worst {one.worst:+.3f} with 90 % confidence, of which {one.allowed:.3f} is let pass" for one in open_still]
        return f"Not shown to be as good on {images} held-out images: {'; '.join(told)}."
    return f"Not worse on {images} held-out images: {', '.join(map(str, deciding))}."


def _number(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value
