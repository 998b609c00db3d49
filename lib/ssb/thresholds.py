"""The threshold of a sample: the probability from which on a pixel belongs to its mask.

A mask that knows its rater's rank is still uncertain where that rater was. Cut at one half in every sample, that uncertainty is lost;
cut where a random number says, each pixel is in as many samples as it is likely, and where the edge is doubtful the samples differ
there: the threshold sampler's diversity (`ssb.rivals.threshold`) at every rank. Our choice, and learnt with the path
(`ssb.bridge_method`).
"""

from __future__ import annotations

from torch import Tensor

SPREAD = 0.95
"""Of a bridge that learns its path: as far as a sample's threshold may be from one half without becoming 0 or 1. Our choice."""


def thresholds_of(numbers: Tensor, spread: float) -> Tensor:
    """Numbers in [0, 1) as thresholds spread evenly over the middle `spread` of (0, 1); the same shape."""
    return 0.5 + spread * (numbers - 0.5)


def cut_at(probability: Tensor, threshold: Tensor) -> Tensor:
    """The probability moved so that a mask is where it exceeds one half: its logits less those of the threshold.

    probability: in [0, 1], 0 and 1 stay what they are. threshold: in (0, 1), of a shape that broadcasts.
    """
    inside, outside = probability * (1 - threshold), (1 - probability) * threshold
    return inside / (inside + outside)
