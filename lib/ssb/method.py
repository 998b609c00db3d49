"""What every way of drawing plausible masks offers: a loss to train it, and masks of an image. The bridge is one, its rivals others."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from ssb.datasets.batches import Batch
from ssb.presets import Preset


class Method(nn.Module, ABC):
    """Networks with a loss and a sampler.

    kind: the word for it in checkpoints and tables. preset: its task and constants. network: all its weights.
    """

    kind: str

    def __init__(self, preset: Preset, network: nn.Module) -> None:
        super().__init__()
        self.preset, self.network = preset, network

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    @abstractmethod
    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """The loss of a batch that is on the method's device; all randomness comes from `generator`, which is on the CPU."""

    def candidates(self, nfe: int) -> int:
        """Masks to draw for each sample, which then are chosen from them (`ssb.representatives`)."""
        return 1

    @abstractmethod
    def draw(self, image: Tensor, count: int, seed: int, nfe: int) -> Tensor:
        """Probability (N, H, W) float32 on the CPU of `count` masks of one image (1, 1, H, W) in [-1, 1]; the masks are where it exceeds
        one half.

        H and W are multiples of 2^(levels - 1) of the network. Mask n is a function of image, seed, nfe and n, not of `count`.
        nfe: network function evaluations for the `candidates` of a sample together; ignored by methods that need one pass only.
        """
