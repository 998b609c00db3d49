"""The one-pass U-Net told which of the raters' masks to draw, by its rank in area: SSB++ without its bridge.

The network is the bridge's own, called once with the image for its point and the time at its end (t = 1), so that the comparison
isolates the path: same weights, same loss, same ranks. The image is encoded once; the decoder, whose normalisation the rank scales
and shifts, runs once a sample. Our choice.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ssb.blocks import channels_last
from ssb.datasets.batches import Batch
from ssb.draws import Draws
from ssb.losses import DIVERSITY, mask_loss
from ssb.method import Method
from ssb.network import BridgeNetwork
from ssb.precision import autocast
from ssb.presets import Preset


class RankedUNet(Method):
    """Small ranks draw what the most restrained rater would, large ranks what the most generous would."""

    kind = "ranked"
    network: BridgeNetwork

    def __init__(self, preset: Preset) -> None:
        super().__init__(preset, channels_last(BridgeNetwork(preset.network)))

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Cross-entropy of every rater's mask at its rank and the preset's diversity term; takes no random number."""
        preset, masks = self.preset, batch.masks
        logits = self._logits(batch.images, batch.ranks)
        loss = mask_loss(logits, masks)
        if preset.diversity_weight:
            loss = loss + preset.diversity_weight * DIVERSITY[preset.diversity](logits.sigmoid(), masks)
        return loss

    @torch.inference_mode()
    def draw(self, image: Tensor, count: int, seed: int, nfe: int) -> Tensor:
        """See `Method.draw`; sample n has the n-th rank of the seed in every slice of a nodule."""
        ranks = Draws.of_seed(seed, 0, 1, count).ranks.to(image.device)
        return self._logits(image, ranks[None])[0].sigmoid().cpu()

    def _logits(self, images: Tensor, ranks: Tensor) -> Tensor:
        """Logits (B, K, H, W) float32 of images (B, 1, H, W) at ranks (B, K)."""
        count = ranks.shape[1]
        with autocast(images.device):
            features = [f.repeat_interleave(count, dim=0) for f in self.network.encode(images)]
            points = images.repeat_interleave(count, dim=0)
            logits = self.network(points, features, torch.ones_like(ranks).flatten(), ranks.flatten())
        return logits.float().reshape(*ranks.shape, *images.shape[2:])
