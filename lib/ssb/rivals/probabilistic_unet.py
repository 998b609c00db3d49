"""The probabilistic U-Net (Kohl et al., NeurIPS 2018, arXiv 1806.05034): a U-Net whose last layers are told a random code z.

    z ~ P(z | image), the prior; in training z ~ Q(z | image, mask), the posterior; both axis-aligned normal, of 6 dimensions      (1, 3)
    loss = sum of the pixels' cross-entropy given z + beta KL(Q || P), beta = 1: the evidence lower bound itself                     (4)

Weights as many as SSB++'s, by rule: the U-Net is the bridge's image encoder, and prior and posterior each have the widths of the bridge
network, from half resolution down. Our choice, as are the residual blocks throughout.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

from ssb.blocks import CONV, ImageEncoder, ResidualBlock, channels_last, norm
from ssb.datasets.batches import Batch
from ssb.losses import mask_loss
from ssb.method import Method
from ssb.precision import autocast
from ssb.presets import NetworkPreset, Preset
from ssb.seeds import sample_generators

LATENT = 6


class CodeNetwork(nn.Module):
    """The distribution of the code: (B, channels, *S) -> normal with mean and deviation (B, LATENT)."""

    def __init__(self, preset: NetworkPreset, channels: int) -> None:
        super().__init__()
        dims, widths = preset.spatial_dims, preset.bridge
        self.down = nn.ModuleList(CONV[dims](a, b, 2, stride=2) for a, b in pairwise((channels, *widths)))
        self.blocks = nn.ModuleList(ResidualBlock(dims, c, refined=preset.refined) for c in widths)
        self.last = nn.Sequential(norm(widths[-1]), nn.SiLU())
        self.head = nn.Linear(widths[-1], 2 * LATENT)

    def forward(self, seen: Tensor) -> Normal:
        h = seen
        for down, block in zip(self.down, self.blocks, strict=True):
            h = block(down(h))
        mean, log_deviation = self.head(self.last(h).flatten(2).mean(-1)).float().chunk(2, dim=1)
        return Normal(mean, log_deviation.exp())


class CodedHead(nn.Module):
    """Three 1x1 convolutions from the U-Net's features and the code to the mask's logits.

    The first one's part for the features is apart from that for the code, which is the same at every pixel.
    """

    def __init__(self, dims: int, channels: int) -> None:
        super().__init__()
        self.features = nn.Sequential(norm(channels), nn.SiLU(), CONV[dims](channels, channels, 1))
        self.code = nn.Linear(LATENT, channels, bias=False)
        last = CONV[dims](channels, 1, 1)
        # The share of lesion pixels, as in `ssb.blocks.mask_head`.
        last.bias = nn.Parameter(torch.full((1,), -4.6))
        self.rest = nn.Sequential(nn.SiLU(), CONV[dims](channels, channels, 1), nn.SiLU(), last)

    def forward(self, features: Tensor, codes: Tensor) -> Tensor:
        """Logits (B, K, *S). features: (B, channels, *S). codes: (B, K, LATENT)."""
        seen, told = self.features(features), self.code(codes)
        h = seen[:, None] + told.reshape(*told.shape, *[1] * (seen.ndim - 2))
        return self.rest(h.flatten(0, 1)).reshape(*codes.shape[:2], *features.shape[2:])


class CodedUNet(nn.Module):
    """All the weights: U-Net, prior, posterior and the head that joins features and code."""

    def __init__(self, preset: NetworkPreset) -> None:
        super().__init__()
        self.encoder = ImageEncoder(preset)
        self.prior, self.posterior = CodeNetwork(preset, 1), CodeNetwork(preset, 2)
        self.head = CodedHead(preset.spatial_dims, preset.encoder[0])


def divergence(posterior: Normal, prior: Normal) -> Tensor:
    """KL(posterior || prior) in nats, summed over the last axis: mean and deviation (..., LATENT) of shapes that broadcast -> (...)."""
    return kl_divergence(posterior, prior).sum(-1)


class ProbabilisticUNet(Method):
    """One code a sample, drawn from the prior."""

    kind = "probabilistic_unet"
    network: CodedUNet

    def __init__(self, preset: Preset, network: CodedUNet | None = None) -> None:
        super().__init__(preset, network or channels_last(CodedUNet(preset.network)))

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Equation 4 divided by the square root of the pixels, as `mask_loss` is: both terms, so that beta stays 1. Every rater counts."""
        images, masks, network = batch.images, batch.masks, self.network
        noise = torch.randn(*masks.shape[:2], LATENT, generator=generator).to(images.device)
        annotated = torch.stack([images.expand_as(masks), masks * 2 - 1], dim=2).flatten(0, 1)
        with autocast(images.device):
            prior, posterior = network.prior(images), network.posterior(annotated)
            mean, deviation = (part.unflatten(0, masks.shape[:2]) for part in (posterior.mean, posterior.stddev))
            logits = network.head(network.encoder(images)[0], mean + deviation * noise).float()
        apart = divergence(Normal(mean, deviation), Normal(prior.mean[:, None], prior.stddev[:, None]))
        pixels = masks.shape[-1] * masks.shape[-2]
        return mask_loss(logits, masks) + apart.mean() / pixels**0.5

    @torch.inference_mode()
    def draw(self, image: Tensor, count: int, seed: int, nfe: int) -> Tensor:
        """See `Method.draw`; the slices of a nodule share the code's noise."""
        noise = torch.stack([torch.randn(LATENT, generator=generator) for generator in sample_generators(seed, count)])
        with autocast(image.device):
            prior = self.network.prior(image)
            codes = prior.mean + prior.stddev * noise.to(image.device)
            logits = self.network.head(self.network.encoder(image)[0], codes[None]).float()
        return logits[0].sigmoid().cpu()
