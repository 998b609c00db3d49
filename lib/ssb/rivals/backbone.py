"""The U-Net that the one-pass rivals look at the image with: as many weights as SSB++'s whole network.

Rule: the bridge's image encoder, every level a quarter wider. SSB++ of `lung_nodule_ct` has 845,073 weights, of which 544,816 are its
encoder's; they grow with the square of the width, and 1.25^2 x 544,816 = 851,275, so the wider encoder holds what the bridge network
holds beside its own. Counted with their heads the rivals are within 5 % of SSB++. Our choice.
"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor, nn

from ssb.blocks import ImageEncoder
from ssb.presets import NetworkPreset

WIDER = 1.25


class Backbone(nn.Module):
    """Images (B, 1, *S) in [-1, 1] to features of full resolution (B, channels, *S); S divisible by 2^(levels - 1)."""

    def __init__(self, preset: NetworkPreset) -> None:
        super().__init__()
        widths = tuple(int(channels * WIDER) for channels in preset.encoder)
        self.channels = widths[0]
        self.encoder = ImageEncoder(replace(preset, encoder=widths))

    def forward(self, image: Tensor) -> Tensor:
        return self.encoder(image)[0]
