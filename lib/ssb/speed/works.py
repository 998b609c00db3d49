"""What is timed: the answer to one click, and what it is compared with."""

from __future__ import annotations

import numpy as np
import torch

from ssb.checkpoint import Model
from ssb.geometry import Region
from ssb.lesion import sample_lesion
from ssb.plausible import Index, Request, SampleSet
from ssb.precision import autocast
from ssb.rivals.diffusion import ConditionalDiffusion
from ssb.rivals.threshold import ThresholdSampler
from ssb.speed.rounds import Work
from ssb.volumes.volume import Volume

SAMPLES = 16
FIRST = 4
"""Samples of the first consensus that a client is shown."""
MANY_NFE = 50
DIFFUSION_NFE = (1000, 250)
DIFFUSION_TIMED = 20
"""Evaluations of the diffusion that are run for its time; the rest cost the same each."""


def answer(model: Model, volume: Volume, click: Index, samples: int = SAMPLES, nfe: int | None = None) -> SampleSet:
    """The sample set of one click with the model's own options, but for those given."""
    preset = model.preset
    return sample_lesion(volume, Request(click, samples, preset.nfe if nfe is None else nfe, preset.guidance, 0), model)


def slices_of(found: SampleSet) -> int:
    """Slices that were sampled for a set: those of its masks, and one on each side where the samples ended before the image did."""
    return min(found.box.stop[2] + 1, found.shape[2]) - max(found.box.start[2] - 1, 0)


def windows(volume: Volume, click: Index, slices: int, model: Model) -> torch.Tensor:
    """The scaled region around the click, (slices, 1, region, region) on the model's device, as many slices around the clicked one."""
    region = Region(volume, click, model.preset)
    edge = (model.preset.window - model.preset.region) // 2
    middle = slice(edge, model.preset.window - edge)
    first = min(max(click[2] - slices // 2, 0), volume.shape[2] - slices)
    planes = np.stack([region.window(k)[middle, middle] for k in range(first, first + slices)])
    return torch.from_numpy(np.ascontiguousarray(planes))[:, None].to(model.device)


def works(model: Model, volume: Volume, click: Index) -> dict[str, Work]:
    """The contenders for one lesion, whose works come out on the CPU.

    unet: one pass of the rivals' U-Net, as many weights as the bridge's network, over the slices that a sample set takes, in one batch.
    ssbpp, first: 16 samples, and the 4 of the first consensus. ssbpp-50: with 50 network function evaluations a sample. diffusion-N: the
    conditional diffusion, 16 samples with N evaluations, of which 20 on one of the slices are run.
    The rivals' weights are random: they do not change what a pass costs.
    """
    slices = slices_of(answer(model, volume, click))
    planes = windows(volume, click, slices, model)
    unet = ThresholdSampler(model.preset).to(model.device).eval()
    diffusion = ConditionalDiffusion(model.preset).to(model.device).eval()

    @torch.inference_mode()
    def one_pass() -> torch.Tensor:
        with autocast(model.device):
            return unet.network(planes).float().sigmoid().cpu()

    found = {
        "unet": Work(one_pass),
        "ssbpp": Work(lambda: answer(model, volume, click)),
        "first": Work(lambda: answer(model, volume, click, FIRST)),
        f"ssbpp-{MANY_NFE}": Work(lambda: answer(model, volume, click, nfe=MANY_NFE), warm=False),
    }
    for nfe in DIFFUSION_NFE:
        share = DIFFUSION_TIMED / (nfe * slices)
        found[f"diffusion-{nfe}"] = Work(lambda: diffusion.draw(planes[:1], SAMPLES, 0, DIFFUSION_TIMED), share)
    return found
