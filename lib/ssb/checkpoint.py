"""Checkpoints: weights as safetensors with a JSON header. Nothing is ever unpickled.

The file's metadata hold one key, `ssb`, with JSON: format (this module's version of the layout), name, preset, and free keys such
as data and metrics. A checkpoint that a site retrained holds the published weights as they were and, beside them, the change that makes
them draw as the site's raters do (`ssb.retraining.adapter`); its header tells of it under `site`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ssb.atomic import replaced
from ssb.blocks import channels_last
from ssb.errors import CheckpointError, InputError
from ssb.network import BridgeNetwork
from ssb.presets import Preset
from ssb.retraining.adapter import PREFIX, merged

FORMAT = 1

SITE, PUBLISHED = "site", "published"
"""Whose raters a model imitates: those of the site that retrained it, or those it was published with."""


@dataclass(frozen=True)
class Model:
    """A network ready to sample: its preset, its name with version, and the whole header of its file.

    raters: whose manner the network draws in, SITE or PUBLISHED. groups: the network of every group that the checkpoint knows, that of
    its own default first; empty for a model that was not loaded from a file.
    """

    network: BridgeNetwork
    preset: Preset
    name: str
    header: dict[str, Any]
    device: torch.device
    raters: str = PUBLISHED
    groups: Mapping[str, BridgeNetwork] = field(default_factory=dict)

    def of_raters(self, raters: str) -> Model:
        """The same model as another group draws, "" for this one; an InputError where the checkpoint does not know the group."""
        if raters in ("", self.raters):
            return self
        if raters not in self.groups:
            known = " or ".join(self.groups) or self.raters
            raise InputError(f"The option raters is '{raters}', but the checkpoint {self.name} knows only {known}.")
        return replace(self, network=self.groups[raters], raters=raters)


def save_tensors(path: Path, tensors: dict[str, Tensor], header: dict[str, Any]) -> None:
    """Write tensors and a JSON header beside `path`, then rename: an interruption leaves the earlier file whole."""
    with replaced(path) as temporary:
        whole = {key: value.contiguous() for key, value in tensors.items()}
        save_file(whole, temporary, metadata={"ssb": json.dumps(header, sort_keys=True)})
        # safetensors lets only the owner read what it writes; a site's server runs as another user.
        temporary.chmod(0o644)


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and header of a file that `save_tensors` wrote; a CheckpointError with one sentence otherwise."""
    if not path.is_file():
        raise CheckpointError(f"There is no checkpoint {path}.")
    with path.open("rb") as file:
        start = file.read(9)
    # The first byte alone does not tell: a safetensors file starts with the length of its header, which may well end in 0x80.
    if start[8:] != b"{" and (start[:2] == b"PK" or start[:1] == b"\x80"):
        raise CheckpointError(f"The checkpoint {path.name} is a pickle, which can run code: only safetensors are read.")
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {}).get("ssb", "null"))
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, json.JSONDecodeError, OSError, UnicodeDecodeError) as error:
        raise CheckpointError(f"The checkpoint {path.name} is truncated or not a safetensors file.") from error
    if not isinstance(header, dict) or "format" not in header:
        raise CheckpointError(f"The checkpoint {path.name} has no SSB header: it was not written by this program.")
    if header["format"] != FORMAT:
        raise CheckpointError(f"The checkpoint {path.name} has format {header['format']}: this program reads format {FORMAT}.")
    return tensors, header


def save_model(path: Path, network: nn.Module, preset: Preset, name: str, **facts: Any) -> None:
    """Write a network with its preset; `facts` (data, metrics, ...) go into the header as they are."""
    tensors = {key: value.detach().to("cpu", torch.float32) for key, value in network.state_dict().items()}
    save_tensors(path, tensors, {"format": FORMAT, "name": name, "preset": preset.as_dict(), **facts})


def split_tensors(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The published weights of a checkpoint, and the site's change of them, whose names have lost their prefix."""
    published = {key: value for key, value in tensors.items() if not key.startswith(PREFIX)}
    return published, {key[len(PREFIX) :]: value for key, value in tensors.items() if key.startswith(PREFIX)}


def load_model(path: Path, device: str = "cpu", raters: str = "") -> Model:
    """The model of a bridge's checkpoint, in evaluation mode on `device`; a CheckpointError where the file does not fit.

    raters: SITE or PUBLISHED; "" is the site's where the checkpoint has them. An InputError for a group that it does not have.
    """
    tensors, header = load_tensors(path)
    if header.get("method", "bridge") != "bridge":
        raise CheckpointError(f"The checkpoint {path.name} holds the method '{header['method']}': only a bridge can be loaded here.")
    try:
        preset = Preset.from_dict(header["preset"])
        published, changes = split_tensors(tensors)
        weights = {SITE: merged(published, changes)} if changes else {}
        groups = {group: _network(preset, found, device) for group, found in {**weights, PUBLISHED: published}.items()}
        name = str(header["name"])
    except (KeyError, TypeError, AttributeError, IndexError, RuntimeError) as error:
        raise CheckpointError(f"The checkpoint {path.name} does not fit this version of the network.") from error
    first = next(iter(groups))
    return Model(groups[first], preset, name, header, torch.device(device), first, groups).of_raters(raters)


def _network(preset: Preset, weights: dict[str, Tensor], device: str) -> BridgeNetwork:
    network = BridgeNetwork(preset.network)
    network.load_state_dict(weights)
    return channels_last(network).to(device).eval().requires_grad_(False)
