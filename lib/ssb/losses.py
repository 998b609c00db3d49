"""The loss of the bridge: predict the rater's mask, and keep the raters apart as far as they are apart.

SSB's closed form is not public. Our choices: the network predicts the mask X_0 by cross-entropy instead of the noise (the two
are equivalent up to a weight over time, I2SB equation 12, but a mask is a Bernoulli variable), and the diversity term below.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def soft_jaccard_distance(a: Tensor, b: Tensor) -> Tensor:
    """1 - IoU of two soft masks in [0, 1], (..., P) -> (...): 1 - (sum ab + 1) / (sum (a + b - ab) + 1), 0 for two empty masks.

    The added pixel makes it smooth and keeps two nearly empty masks near 0; our choice.
    """
    both = (a * b).sum(-1)
    return 1 - (both + 1) / ((a + b).sum(-1) - both + 1)


def mask_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Binary cross-entropy in nats, summed over pixels and divided by the square root of the pixels, mean over the batch.

    Lesions are tiny: the mean over pixels would let the loss vanish with the size of the region; our choice.
    logits, masks: (B, 1, *S), masks in {0, 1}.
    """
    pixels = masks[0].numel()
    return functional.binary_cross_entropy_with_logits(logits, masks) * pixels**0.5


def diversity_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Squared difference between the distance of two predictions and the distance of their two raters, mean over the batch.

    logits, masks: (B, 2, *S): two raters of one image. Zero where the predictions differ as much as the raters do: too little
    and too much diversity both cost.
    """
    probability, truth = logits.sigmoid().flatten(2), masks.flatten(2)
    predicted = soft_jaccard_distance(probability[:, 0], probability[:, 1])
    actual = soft_jaccard_distance(truth[:, 0], truth[:, 1])
    return (predicted - actual).square().mean()
