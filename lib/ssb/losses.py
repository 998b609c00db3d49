"""The loss of the bridge: predict each rater's mask, and keep the raters apart as far as they are apart.

SSB's closed form is not public. Our choices: SSB++ predicts the mask X_0 by cross-entropy instead of the noise (the two are
equivalent up to a weight over time, I2SB equation 12, but a mask is a Bernoulli variable), and the diversity terms below.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def jaccard_distances(a: Tensor, b: Tensor) -> Tensor:
    """Jaccard distances of soft masks in [0, 1], every one of `a` to every one of `b`: (B, K, P), (B, M, P) -> (B, K, M).

    1 - (sum min(a, b) + 1) / (sum max(a, b) + 1), Ruzicka's form, which unlike the products' is 0 for equal soft masks. The added pixel
    keeps two nearly empty masks near 0; our choice.
    """
    low = torch.minimum(a[:, :, None], b[:, None]).sum(-1)
    both = a.sum(-1)[:, :, None] + b.sum(-1)[:, None]
    return 1 - (low + 1) / (both - low + 1)


def mask_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Binary cross-entropy in nats, summed over pixels and divided by the square root of the pixels, mean over the batch.

    Lesions are tiny: the mean over pixels would let the loss vanish with the size of the region; our choice.
    logits, masks: (B, ..., *S) of the same shape, masks in {0, 1}; pixels are those of the last two axes.
    """
    pixels = masks.shape[-1] * masks.shape[-2]
    return functional.binary_cross_entropy_with_logits(logits, masks) * pixels**0.5


def energy_loss(probability: Tensor, masks: Tensor) -> Tensor:
    """Energy distance between K predictions and M raters, less the raters' own spread: the generalised energy distance made smooth.

    2 E d(S, Y) - E d(S, S') with d of `jaccard_distances`, mean over the batch. 1 - d is the min-max kernel, which is positive definite,
    so the loss is a proper score (Gneiting and Raftery 2007, section 5.1): in expectation nothing beats predictions spread as the
    raters are. The equal pairs of E d(S, S') count as 0, as in the biased GED. Our choice.
    probability: (B, K, *S) in [0, 1]. masks: (B, M, *S) in {0, 1}.
    """
    samples, raters = probability.flatten(2), masks.flatten(2)
    return 2 * jaccard_distances(samples, raters).mean() - jaccard_distances(samples, samples).mean()


NEAREST = 1.0
"""Weight of `nearest_loss` beside the energy of a whole path. Our choice: 0.5 to 2 differ little."""


def nearest_loss(probability: Tensor, masks: Tensor) -> Tensor:
    """Distance from each of M raters to the nearest of K predictions, mean over raters and batch.

    The best of several guesses, as in Guzman-Rivera et al., Multiple choice learning, NIPS 2012; with d of `jaccard_distances`. It is no
    proper score and would spread the predictions too far: a companion of `energy_loss`, for sample sets in which every rater finds a
    mask like the one they drew. Our choice.
    probability: (B, K, *S) in [0, 1]. masks: (B, M, *S) in {0, 1}.
    """
    return jaccard_distances(probability.flatten(2), masks.flatten(2)).amin(dim=1).mean()


def distance_loss(probability: Tensor, masks: Tensor) -> Tensor:
    """Squared difference between the distance of two predictions and the distance of their two raters, mean over pairs and batch.

    Zero where the predictions differ as much as the raters do: too little and too much diversity both cost. Our choice.
    probability, masks: (B, M, *S), prediction m belongs to rater m.
    """
    samples, raters = probability.flatten(2), masks.flatten(2)
    return (jaccard_distances(samples, samples) - jaccard_distances(raters, raters)).square().mean()


DIVERSITY = {"energy": energy_loss, "distance": distance_loss}
