"""From what the network puts out to the mask's probability: it predicts the mask's logits, or the noise of the bridge."""

from __future__ import annotations

import torch
from torch import Tensor


def noise_target(point: Tensor, masks: Tensor, deviation: Tensor) -> Tensor:
    """(X_t - X_0) / sigma_t (I2SB equation 12). point: X_t. masks: in {0, 1}. deviation: sigma_t > 0, all of shapes that broadcast."""
    return (point - (masks * 2 - 1)) / deviation


def mask_probability(output: Tensor, point: Tensor, deviation: Tensor, target: str, belief: Tensor | None = None) -> Tensor:
    """Probability of the mask in [0, 1], float32, from the network's output.

    target "mask": the output is its logits. "noise": X_0 = X_t - sigma_t output, whose range [-1, 1] is stretched to [0, 1] and cut there.
    belief: added to the logits of the probability; none by default.
    """
    if target == "mask":
        return (output if belief is None else output + belief).sigmoid()
    probability = ((point - deviation * output + 1) / 2).clamp(0, 1)
    # In double precision a probability next to 1 still has logits that belief can move.
    return probability if belief is None else torch.logit(probability.double()).add(belief).sigmoid().float()
