"""Stochastic segmentation networks (Monteiro et al., NeurIPS 2020, arXiv 2006.06015): a normal distribution over the logits of all pixels.

One pass gives the mean mu, a factor P with ten columns and a diagonal D of one multivariate normal (section 3 of the paper; the
numbers are ours):

    logits eta = mu + P z + sqrt(D) e,  z and e standard normal, so their covariance is P P^T + D             (1)
    -log p(y | x) = -log E prod_i p(y_i | eta_i) ~ -logsumexp_k(sum_i log p(y_i | eta_i^k)) + log K           (2), K samples

Drawing needs no inverse and no determinant of the covariance, so a near-singular one does no harm; D keeps a floor all the same.
One logit a pixel instead of one a class: with two classes only the difference counts.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from ssb.blocks import CONV, channels_last, mask_head, norm
from ssb.datasets.batches import Batch
from ssb.method import Method
from ssb.precision import autocast
from ssb.presets import Preset
from ssb.rivals.backbone import Backbone
from ssb.seeds import sample_generators

RANK = 10
TRAINING_SAMPLES = 20
FLOOR = 1e-5


class LogitNormal(NamedTuple):
    """mean: (B, P). factor: (B, RANK, P), the columns of the low-rank part. diagonal: (B, P) variances > 0. P: the pixels."""

    mean: Tensor
    factor: Tensor
    diagonal: Tensor

    def logits(self, coefficients: Tensor, noise: Tensor) -> Tensor:
        """(B, K, P) by equation 1. coefficients: z, (B, K, RANK). noise: e, (B, K, P)."""
        return self.mean[:, None] + coefficients @ self.factor + self.diagonal.sqrt()[:, None] * noise


def negative_log_likelihood(logits: Tensor, masks: Tensor) -> Tensor:
    """Equation 2 in nats, (B, M). logits: (B, K, P), shared by the raters. masks: (B, M, P) in {0, 1}."""
    # log p(y_i | eta_i) = y_i eta_i - softplus(eta_i), whose second part is the same for every rater.
    each = masks @ logits.mT - functional.softplus(logits).sum(-1)[:, None]
    return math.log(logits.shape[1]) - each.logsumexp(-1)


class LogitNetwork(nn.Module):
    """Backbone with a head for the mean and one for the covariance: images (B, 1, *S) to their `LogitNormal`."""

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        self.backbone = Backbone(preset.network)
        dims, channels = preset.network.spatial_dims, self.backbone.channels
        self.mean = mask_head(dims, channels)
        self.spread = nn.Sequential(norm(channels), nn.SiLU(), CONV[dims](channels, RANK + 1, 3, padding=1))

    def forward(self, image: Tensor) -> LogitNormal:
        with autocast(image.device):
            features = self.backbone(image)
            mean, spread = self.mean(features).float().flatten(2), self.spread(features).float().flatten(2)
        return LogitNormal(mean[:, 0], spread[:, :RANK], spread[:, RANK].exp() + FLOOR)


class StochasticSegmentationNetwork(Method):
    """Masks are where sampled logits are positive."""

    kind = "ssn"

    def __init__(self, preset: Preset) -> None:
        super().__init__(preset, channels_last(LogitNetwork(preset)))

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Equation 2 divided by the square root of the pixels, as `mask_loss` is, mean over raters and images.

        The division is outside the logarithm: it brings the gradients to the size that the schedule's clipping is made for, and moves no
        optimum. The raters of an image share its 20 samples, half of which mirror the other half about the mean. Both are our choice.
        """
        count, pixels = len(batch.images), batch.masks[0, 0].numel()
        drawn = torch.randn(count, TRAINING_SAMPLES // 2, RANK + pixels, generator=generator).to(batch.images.device)
        mirrored = torch.cat([drawn, -drawn], dim=1)
        logits = self.network(batch.images).logits(mirrored[..., :RANK], mirrored[..., RANK:])
        return negative_log_likelihood(logits, batch.masks.flatten(2)).mean() / pixels**0.5

    @torch.inference_mode()
    def draw(self, image: Tensor, count: int, seed: int, nfe: int) -> Tensor:
        """See `Method.draw`; the slices of a nodule share coefficients and noise. An image smaller than the window takes its middle."""
        height, width = image.shape[2:]
        side = max(self.preset.window, height, width)
        top, left = (side - height) // 2, (side - width) // 2
        generators = sample_generators(seed, count)
        coefficients = torch.stack([torch.randn(RANK, generator=generator) for generator in generators])
        planes = torch.stack([torch.randn(side, side, generator=generator) for generator in generators])
        noise = planes[:, top : top + height, left : left + width].flatten(1)
        logits = self.network(image).logits(coefficients.to(image.device)[None], noise.to(image.device)[None])
        return logits.sigmoid().reshape(count, height, width).cpu()
