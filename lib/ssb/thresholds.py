"""The threshold of a sample: the probability from which on a pixel belongs to its mask.

A mask that knows its rater's rank is still uncertain where that rater was. Cut at one half in every sample, that uncertainty is lost;
cut where a random number says, each pixel is in as many samples as it is likely, and where the edge is doubtful the samples differ
there: the threshold sampler's diversity (`ssb.rivals.threshold`) at every rank. Our choice, and learnt with the path
(`ssb.bridge_method`).

Close to the largest probability the cut leaves specks of a lesion that no reader would draw: there it says that there is none.
"""

from __future__ import annotations

import torch
from monai.utils import unsqueeze_right
from torch import Tensor

SPREAD = 0.95
"""Width of the interval of the thresholds of a bridge that learns its path: nearly all of (0, 1), and never 0 or 1. Our choice."""

FRAGMENT = 0.25
"""A mask smaller than this share of what half the largest probability gives is a fragment. Our choice: on 400 validation crops without
fragments GED16 is 0.197 and HM-IoU32 0.639, with them 0.199 and 0.622; shares of 0.15 and 0.3 give 0.196 and 0.634, 0.198 and 0.640."""


def thresholds_of(numbers: Tensor, spread: float) -> Tensor:
    """Numbers in [0, 1) as thresholds spread evenly over the middle `spread` of (0, 1); the same shape."""
    return 0.5 + spread * (numbers - 0.5)


def cut_at(probability: Tensor, threshold: Tensor) -> Tensor:
    """The probability moved so that a mask is where it exceeds one half: its logits less those of the threshold; 0 in a fragment.

    probability: (N, ..., H, W) in [0, 1]; 0 and 1 stay what they are. threshold: (N,) in (0, 1).
    """
    threshold = unsqueeze_right(threshold, probability.ndim)
    inside, outside = probability * (1 - threshold), (1 - probability) * threshold
    whole = probability > probability.amax(dim=(-2, -1), keepdim=True) / 2
    mask = probability > threshold
    fragment = mask.sum(dim=(-2, -1), keepdim=True) < FRAGMENT * whole.sum(dim=(-2, -1), keepdim=True)
    return torch.where(fragment, 0.0, inside / (inside + outside))
