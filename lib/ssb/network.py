"""The time-dependent U-Net of the bridge, in two parts so that the image is looked at once.

The image encoder runs once an image; its features enter the bridge network at every level, which runs once a sample and step.
SSB++'s network is not public beyond "time-dependent U-Net with refined residual connections". Our choices: pre-activation
residual blocks scaled by 1/sqrt(2) (as in Song et al., arXiv 2011.13456, appendix H) whose second convolution starts at zero,
adaptive group normalisation by time and rank (Dhariwal and Nichol, arXiv 2105.05233), skips that add instead of concatenate.

Rank: which of the raters' masks is drawn, ordered by area, as a number in [0, 1] (0 = the smallest): a second source of
randomness beside the path, and the condition that is dropped for classifier-free guidance. Our choice.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from ssb.presets import NetworkPreset

_CONV = {2: nn.Conv2d, 3: nn.Conv3d}
_UP = {2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(math.gcd(8, channels), channels)


class ResidualBlock(nn.Module):
    """(x + f(x)) / sqrt(2); with an embedding, its second normalisation is scaled and shifted by it."""

    def __init__(self, dims: int, channels: int, embedding: int | None = None) -> None:
        super().__init__()
        self.norm1, self.norm2 = _norm(channels), _norm(channels)
        self.conv1 = _CONV[dims](channels, channels, 3, padding=1)
        self.conv2 = _CONV[dims](channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        self.modulation = nn.Linear(embedding, 2 * channels) if embedding else None

    def forward(self, x: Tensor, embedding: Tensor | None = None) -> Tensor:
        h = self.norm2(self.conv1(functional.silu(self.norm1(x))))
        if self.modulation is not None and embedding is not None:
            scale, shift = self.modulation(embedding).reshape(len(x), -1, *[1] * (x.ndim - 2)).chunk(2, dim=1)
            h = h * (1 + scale) + shift
        return (x + self.conv2(functional.silu(h))) * 0.5**0.5


class ImageEncoder(nn.Module):
    """Features of an image at every level: (B, 1, *S) -> [(B, bridge[l], *S / 2^l)]."""

    def __init__(self, preset: NetworkPreset) -> None:
        super().__init__()
        dims, widths = preset.spatial_dims, preset.encoder
        self.stem = _CONV[dims](1, widths[0], 3, padding=1)
        self.blocks = nn.ModuleList(ResidualBlock(dims, c) for c in widths)
        self.down = nn.ModuleList(_CONV[dims](a, b, 2, stride=2) for a, b in pairwise(widths))
        self.up = nn.ModuleList(_CONV[dims](b, a, 1) for a, b in pairwise(widths))
        self.merge = nn.ModuleList(ResidualBlock(dims, c) for c in widths[:-1])
        self.out = nn.ModuleList(_CONV[dims](c, b, 1) for c, b in zip(widths, preset.bridge, strict=True))

    def forward(self, image: Tensor) -> list[Tensor]:
        h = self.stem(image)
        levels = []
        for level, block in enumerate(self.blocks):
            h = block(h if level == 0 else self.down[level - 1](h))
            levels.append(h)
        for level in reversed(range(len(self.merge))):
            coarse = functional.interpolate(self.up[level](levels[level + 1]), scale_factor=2.0, mode="nearest")
            levels[level] = self.merge[level](levels[level] + coarse)
        return [out(h) for out, h in zip(self.out, levels, strict=True)]


class Embedding(nn.Module):
    """Time t in [0, 1] and rank in [0, 1] (NaN = not told) to one vector."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.frequency: Tensor
        self.register_buffer("frequency", math.pi * 2.0 ** torch.arange(6), persistent=False)
        self.time = nn.Linear(12, width)
        self.rank = nn.Linear(12, width)
        self.untold = nn.Parameter(torch.zeros(width))
        self.mix = nn.Sequential(nn.SiLU(), nn.Linear(width, width), nn.SiLU())

    def _waves(self, value: Tensor) -> Tensor:
        angle = value[:, None] * self.frequency
        return torch.cat([angle.sin(), angle.cos()], dim=1)

    def forward(self, time: Tensor, rank: Tensor) -> Tensor:
        told = ~rank.isnan()
        ranked = self.rank(self._waves(rank.nan_to_num()))
        return self.mix(self.time(self._waves(time)) + torch.where(told[:, None], ranked, self.untold))


class BridgeNetwork(nn.Module):
    """Predicts the mask from a point of the bridge, the image's features, the time and the rank."""

    def __init__(self, preset: NetworkPreset) -> None:
        super().__init__()
        dims, widths, width = preset.spatial_dims, preset.bridge, preset.embedding
        self.encoder = ImageEncoder(preset)
        self.embedding = Embedding(width)
        self.entry = _CONV[dims](1, widths[1], 2, stride=2)
        self.down = nn.ModuleList(_CONV[dims](a, b, 2, stride=2) for a, b in pairwise(widths[1:]))
        self.blocks = nn.ModuleList(ResidualBlock(dims, c, width) for c in widths[1:])
        self.up = nn.ModuleList(_UP[dims](b, a, 2, stride=2) for a, b in pairwise(widths))
        self.merge = nn.ModuleList(ResidualBlock(dims, c, width) for c in widths[:-1])
        self.point = _CONV[dims](1, widths[0], 3, padding=1)
        last = _CONV[dims](widths[0], 1, 3, padding=1)
        # Lesions fill about one pixel in a hundred: without this start the first hundred steps only learn that.
        last.bias = nn.Parameter(torch.full((1,), -4.6))
        self.head = nn.Sequential(_norm(widths[0]), nn.SiLU(), last)

    def encode(self, image: Tensor) -> list[Tensor]:
        """Features of images (B, 1, *S) in [-1, 1]; S divisible by 2^(levels - 1). Compute once, use for every sample and step."""
        return self.encoder(image)

    def forward(self, point: Tensor, features: list[Tensor], time: Tensor, rank: Tensor) -> Tensor:
        """Logits (B, 1, *S) of the mask.

        point: X_t, (B, 1, *S). features: from `encode`, one entry a row of `point`. time: (B,) in [0, 1].
        rank: (B,) in [0, 1], NaN where it is not told.
        """
        embedding = self.embedding(time, rank)
        h = self.entry(point)
        levels = []
        for level, block in enumerate(self.blocks):
            h = block((h if level == 0 else self.down[level - 1](h)) + features[level + 1], embedding)
            levels.append(h)
        for level in reversed(range(1, len(self.merge))):
            h = self.merge[level](self.up[level](h) + levels[level - 1], embedding)
        h = self.merge[0](self.up[0](h) + self.point(point) + features[0], embedding)
        return self.head(h)


def channels_last(network: BridgeNetwork) -> BridgeNetwork:
    """The same network with 2-D weights laid out channels last: up to twice as fast on CPU."""
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last)
    return network
