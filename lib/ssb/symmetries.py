"""Test-time augmentation: what a network says of an image, averaged over the turned and mirrored image.

A lesion has no side that is up: training shows every image in all eight symmetries of the square (`ssb.datasets.batches`), and yet the
network says something a little different of each. The mean of its outputs (logits, our choice; elsewhere it is that of probabilities,
as in Wang et al., arXiv 1807.07356) is truer than one of them, at an evaluation a symmetry.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ssb.network import BridgeNetwork
from ssb.presets import Preset

SYMMETRIES: tuple[tuple[int, bool], ...] = tuple((quarters, mirrored) for mirrored in (False, True) for quarters in (0, 2, 1, 3))
"""Quarter turns, and whether the columns are mirrored after them. The first 2, 4 and 8 are those by a half turn, all turns, and all."""

COUNTS = (1, 2, 4, 8)
"""Of symmetries that make a group, so that what is averaged over them turns with the image."""


def symmetries_of(preset: Preset, nfe: int, guidance: float) -> int:
    """Symmetries that each step is averaged over: of 2, 4 or 8 times the evaluations of the only path that a checkpoint learnt.

    Such a checkpoint has no use for more steps. 1 everywhere else.
    """
    times, rest = divmod(nfe, preset.nfe)
    return times if preset.loss == "path" and not guidance and not rest and times in COUNTS else 1


def encode(network: BridgeNetwork, images: Tensor, count: int) -> list[Tensor]:
    """`BridgeNetwork.encode` of images (B, 1, H, W) in the first `count` symmetries: their features one after the other, a row an image."""
    return [feature for symmetry in SYMMETRIES[:count] for feature in network.encode(_turned(images, symmetry))]


def averaged(network: BridgeNetwork, point: Tensor, features: list[Tensor], time: Tensor, rank: Tensor, count: int) -> Tensor:
    """`BridgeNetwork.forward` in the mean over the first `count` symmetries; features: what `encode` gives for as many."""
    levels = len(features) // count
    outputs = [
        _turned_back(network(_turned(point, symmetry), features[place * levels : (place + 1) * levels], time, rank), symmetry)
        for place, symmetry in enumerate(SYMMETRIES[:count])
    ]
    return outputs[0] if count == 1 else torch.stack(outputs).float().mean(dim=0)


def _turned(images: Tensor, symmetry: tuple[int, bool]) -> Tensor:
    quarters, mirrored = symmetry
    images = torch.rot90(images, quarters, (-2, -1))
    return images.flip(-1) if mirrored else images


def _turned_back(images: Tensor, symmetry: tuple[int, bool]) -> Tensor:
    quarters, mirrored = symmetry
    return torch.rot90(images.flip(-1) if mirrored else images, -quarters, (-2, -1))
