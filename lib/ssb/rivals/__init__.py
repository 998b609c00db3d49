"""What SSB++ is compared with, each a `Method`: made by its kind, or read from the checkpoint of any method."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ssb.bridge_method import BridgeMethod
from ssb.checkpoint import load_tensors
from ssb.errors import CheckpointError, InputError
from ssb.method import Method
from ssb.presets import Preset
from ssb.rivals.diffusion import ConditionalDiffusion
from ssb.rivals.probabilistic_unet import ProbabilisticUNet
from ssb.rivals.ranked import RankedUNet
from ssb.rivals.ssn import StochasticSegmentationNetwork
from ssb.rivals.threshold import ThresholdSampler

RIVALS: dict[str, Callable[[Preset], Method]] = {
    ThresholdSampler.kind: ThresholdSampler,
    RankedUNet.kind: RankedUNet,
    StochasticSegmentationNetwork.kind: StochasticSegmentationNetwork,
    ProbabilisticUNet.kind: ProbabilisticUNet,
    ConditionalDiffusion.kind: ConditionalDiffusion,
}


def rival(kind: str, preset: Preset) -> Method:
    """A fresh rival of that kind, or an InputError that lists the kinds."""
    if kind not in RIVALS:
        raise InputError(f"There is no rival '{kind}': choose one of {', '.join(sorted(RIVALS))}.")
    return RIVALS[kind](preset)


def load_method(path: Path, device: str = "cpu") -> Method:
    """The method of a checkpoint, a bridge or a rival, in evaluation mode on `device`; a CheckpointError where the file does not fit."""
    tensors, header = load_tensors(path)
    # The first checkpoints hold bridges and do not say so.
    kind = header.get("method", BridgeMethod.kind)
    kinds = {BridgeMethod.kind: BridgeMethod, **RIVALS}
    if kind not in kinds:
        raise CheckpointError(f"The checkpoint {path.name} holds the method '{kind}': this program reads {', '.join(sorted(kinds))}.")
    try:
        method = kinds[kind](Preset.from_dict(header["preset"]))
        method.network.load_state_dict(tensors)
    except (KeyError, TypeError, AttributeError, IndexError, RuntimeError) as error:
        raise CheckpointError(f"The checkpoint {path.name} does not fit this version of the method '{kind}'.") from error
    return method.to(device).eval().requires_grad_(False)
