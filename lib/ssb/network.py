"""The time-dependent U-Net of the bridge, in two parts so that the image is looked at once.

The image encoder runs once an image; its features enter the bridge network at every level, which runs once a sample and step.

Rank: which of the raters' masks is drawn, ordered by area, as a number in [0, 1] (0 = the smallest): a second source of
randomness beside the path, and the condition that is dropped for classifier-free guidance. Our choice.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from ssb.blocks import CONV, UP, ImageEncoder, ResidualBlock, mask_head
from ssb.presets import NetworkPreset


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
        dims, widths, width, refined = preset.spatial_dims, preset.bridge, preset.embedding, preset.refined
        self.skipped = len(preset.encoder) - len(widths)
        self.encoder = ImageEncoder(preset)
        self.embedding = Embedding(width)
        below = preset.encoder[self.skipped :]
        self.project = nn.ModuleList(CONV[dims](a, b, 1) for a, b in zip(below, widths, strict=True))
        # Half resolution down: the finest features are folded in, so that the rim of a mask can still follow single pixels.
        self.fold = CONV[dims](preset.encoder[0], widths[0], 2, stride=2) if self.skipped else None
        deep = widths[1 - self.skipped :]
        self.entry = CONV[dims](1, deep[0], 2, stride=2)
        self.down = nn.ModuleList(CONV[dims](a, b, 2, stride=2) for a, b in pairwise(deep))
        self.blocks = nn.ModuleList(ResidualBlock(dims, c, width, refined) for c in deep)
        self.up = nn.ModuleList(UP[dims](b, a, 2, stride=2) for a, b in pairwise(widths))
        self.merge = nn.ModuleList(ResidualBlock(dims, c, width, refined) for c in widths[:-1])
        self.point = None if self.skipped else CONV[dims](1, widths[0], 3, padding=1)
        self.head = mask_head(dims, widths[0], upscale=bool(self.skipped))

    def encode(self, image: Tensor) -> list[Tensor]:
        """Features of images (B, 1, *S) in [-1, 1]; S divisible by 2^(levels - 1). Compute once, use for every sample and step."""
        levels = self.encoder(image)
        features = [project(h) for project, h in zip(self.project, levels[self.skipped :], strict=True)]
        if self.fold is not None:
            features[0] = features[0] + self.fold(levels[0])
        return features

    def forward(self, point: Tensor, features: list[Tensor], time: Tensor, rank: Tensor) -> Tensor:
        """Logits (B, 1, *S) of the mask.

        point: X_t, (B, 1, *S). features: from `encode`, one entry a row of `point`. time: (B,) in [0, 1].
        rank: (B,) in [0, 1], NaN where it is not told.
        """
        embedding = self.embedding(time, rank)
        deep = features[len(features) - len(self.blocks) :]
        h = self.entry(point)
        levels = []
        for level, (block, seen) in enumerate(zip(self.blocks, deep, strict=True)):
            h = block((h if level == 0 else self.down[level - 1](h)) + seen, embedding)
            levels.append(h)
        levels = levels[:-1]
        for merge, up in zip(reversed(self.merge), reversed(self.up), strict=True):
            h = up(h)
            if levels:
                h = h + levels.pop()
            elif self.point is not None:
                h = h + self.point(point) + features[0]
            h = merge(h, embedding)
        return self.head(h)
