"""The threshold sampler: one deterministic U-Net, whose probability of the mask is cut at a different threshold for every sample."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ssb.blocks import channels_last, mask_head
from ssb.datasets.batches import Batch
from ssb.draws import Draws
from ssb.losses import mask_loss
from ssb.method import Method
from ssb.precision import autocast
from ssb.presets import Preset
from ssb.rivals.backbone import Backbone


class ThresholdSampler(Method):
    """Samples are nested: of two the one with the larger threshold lies within the other."""

    kind = "threshold"

    def __init__(self, preset: Preset) -> None:
        backbone = Backbone(preset.network)
        head = mask_head(preset.network.spatial_dims, backbone.channels)
        super().__init__(preset, channels_last(nn.Sequential(backbone, head)))

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Cross-entropy against every rater, smallest where the probability is the raters' mean; takes no random number."""
        with autocast(batch.images.device):
            logits = self.network(batch.images).float()
        return mask_loss(logits.expand_as(batch.masks), batch.masks)

    @torch.inference_mode()
    def draw(self, image: Tensor, count: int, seed: int, nfe: int) -> Tensor:
        """See `Method.draw`; 0 or 1. Thresholds are the seed's ranks, spread evenly over [0, 1) and shared by the slices of a nodule."""
        with autocast(image.device):
            probability = self.network(image).float().sigmoid()[:, 0].cpu()
        thresholds = Draws.of_seed(seed, 0, 1, count).ranks
        return (probability > thresholds[:, None, None]).float()
