"""SSB and SSB++ as a method: the losses of a batch on the bridge, and masks by the reverse bridge.

Two losses. Of one point of the bridge an image, drawn between its raters' masks and the image: what the bridge is trained with. And of the
whole path as it is sampled, from the image down to the mask in the preset's few steps: a second training, which starts from the first
one's weights. There the network meets its own predictions in place of the raters' masks, as it will, and learns from the energy of
what comes out in the end, a proper score of the sample set, so that few steps without guidance may do for many with it. Elsewhere few
steps are learnt from a teacher's many (Salimans and Ho, arXiv 2202.00512); that the raters' own masks teach them is our choice. Only for
a bridge that predicts the mask at a rank.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from ssb.blocks import channels_last
from ssb.bridge import BridgeScheduler
from ssb.datasets.batches import Batch
from ssb.losses import DIVERSITY, energy_loss, mask_loss, nearest_loss
from ssb.method import Method
from ssb.network import BridgeNetwork
from ssb.precision import autocast
from ssb.prediction import mask_probability, noise_target
from ssb.presets import Preset
from ssb.sampling import BridgeSampler, spent
from ssb.thresholds import thresholds_of

# The first evaluation of every sampling starts at the image itself, where ranks alone tell samples apart. Our choice.
AT_IMAGE = 0.2

# Of the whole path's loss: its energy is that of masks nearly cut at their thresholds, as they are in the end, and their cross-entropy
# keeps every rank with its rater. Our choice, of which short trials on validation crops say no more than that a factor of 1 is too soft.
SHARPER = 6.0
PATH_MASKS = 0.1
THRESHOLDS = 4
"""Thresholds a rank of the whole path's loss: two samples may share their rank and still differ, which one threshold a rank would hide
from their energy. Our choice."""


class BridgeMethod(Method):
    """The bridge between image and mask with its network."""

    kind = "bridge"
    network: BridgeNetwork

    def __init__(self, preset: Preset, network: BridgeNetwork | None = None) -> None:
        super().__init__(preset, network or _fresh_network(preset))
        self.bridge = BridgeScheduler(preset.steps, preset.peak_deviation)
        self.bridge.set_timesteps(preset.nfe)

    def loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Of a point or of the path, as the preset says; see the module."""
        return self._path_loss(batch, generator) if self.preset.loss == "path" else self._point_loss(batch, generator)

    def _point_loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Prediction of all raters' masks at one random time an image, and the diversity term where the condition is told.

        A share `condition_drop` of the images hides the condition: the unconditional estimate is trained together with the other.
        """
        preset, images, masks = self.preset, batch.images, batch.masks
        count, raters = masks.shape[:2]
        times = torch.rand(count, generator=generator)
        times = torch.where(torch.rand(count, generator=generator) < AT_IMAGE, torch.ones(()), times)
        timesteps = (times * preset.steps).ceil().long().clamp(min=1).repeat_interleave(raters)
        told = torch.rand(count, generator=generator) >= preset.condition_drop
        noise = torch.randn(count * raters, 1, *masks.shape[2:], generator=generator).to(images.device)
        truth = masks.flatten(0, 1)[:, None]
        point = self.bridge.add_noise(truth * 2 - 1, noise, timesteps, images.repeat_interleave(raters, dim=0))
        time = (timesteps / preset.steps).to(images.device)
        ranks = batch.ranks if preset.condition == "rank" else torch.full_like(batch.ranks, float("nan"))
        if preset.condition == "rank":
            ranks = ranks.masked_fill(~told[:, None].to(ranks.device), float("nan"))
        with autocast(images.device):
            features = self.network.encode(images)
            if preset.condition == "image":
                features = [f * told.to(f)[:, None, None, None] for f in features]
            features = [f.repeat_interleave(raters, dim=0) for f in features]
            output = self.network(point, features, time, ranks.flatten()).float()
        deviation = self.bridge.deviation(timesteps).to(output)[:, None, None, None]
        loss = mask_loss(output, truth) if preset.target == "mask" else mse_loss(output, noise_target(point, truth, deviation))
        if preset.diversity_weight and bool(told.any()):
            probability = mask_probability(output, point, deviation, preset.target).reshape(masks.shape)
            loss = loss + preset.diversity_weight * DIVERSITY[preset.diversity](probability[told], masks[told])
        return loss

    def _path_loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Energy of the masks at the end of the path and a share of their cross-entropy with the rater's mask whose rank they were told.

        The masks are those of every rater's rank at `THRESHOLDS` thresholds, spread evenly over the preset's.
        """
        preset, images, masks = self.preset, batch.images, batch.masks
        raters = masks.shape[1]
        point, ranks = images.repeat_interleave(raters, dim=0), batch.ranks.flatten()
        with autocast(images.device):
            features = [f.repeat_interleave(raters, dim=0) for f in self.network.encode(images)]
            for now, following in pairwise(self.bridge.timesteps.tolist()):
                logits = self.network(point, features, torch.full_like(ranks, now / preset.steps), ranks).float()
                if following:
                    noise = torch.randn(point.shape, generator=generator).to(point)
                    point = self.bridge.step(2 * logits.sigmoid() - 1, now, point, following, noise)
        logits = logits.reshape(masks.shape)
        numbers = (torch.arange(THRESHOLDS) + torch.rand(*masks.shape[:2], THRESHOLDS, generator=generator)) / THRESHOLDS
        thresholds = thresholds_of(numbers, preset.threshold_spread).to(logits)
        cut = (SHARPER * (logits[:, :, None] - torch.logit(thresholds)[..., None, None])).sigmoid()
        cut = cut.flatten(1, 2)
        loss = energy_loss(cut, masks) + PATH_MASKS * mask_loss(logits, masks)
        return loss + preset.nearest_weight * nearest_loss(cut, masks) if preset.nearest_weight else loss

    def candidates(self, nfe: int) -> int:
        """See `Method.candidates`; guidance is the preset's."""
        return spent(self.preset, nfe, self.preset.guidance)[1]

    def draw(self, image: Tensor, count: int, seed: int, nfe: int) -> Tensor:
        """See `Method.draw`; guidance is the preset's. An image smaller than the preset's window takes the middle of the window's noise."""
        sampler = BridgeSampler(self.preset, nfe, self.preset.guidance)
        side = max(self.preset.window, image.shape[-1])
        return sampler(image, self.network, sampler.draws(seed, side, count).middle(image.shape[-1]))


def _fresh_network(preset: Preset) -> BridgeNetwork:
    network = channels_last(BridgeNetwork(preset.network))
    if preset.target == "noise":
        # The head starts at the share of lesion pixels, which for noise would be a wrong mean that takes long to unlearn.
        nn.init.zeros_(network.get_parameter("head.2.bias"))
    return network
