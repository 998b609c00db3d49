"""A site's raters as a change of low rank of the published weights.

Hu et al., LoRA, arXiv 2106.09685, equation 3: W + B A with B (out, r) zero at the start and A (r, in) random, W frozen; here for every
weight of the network, a kernel flattened to (first axis, all others), and unscaled (alpha = r in the paper's words). Our choice: a weight
that the two factors would not make smaller (biases, normalisations, thin convolutions) gets a change of its own shape instead.

The same image cannot be drawn in two manners by one network that does not know whose manner is asked for. So the published group of
raters is the network without the change, to the bit, and the site's group the one with it: nothing is forgotten by construction. Merged
into the weights at loading, the change costs nothing at sampling.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from ssb.errors import InputError

PREFIX = "site."
"""Of the change's tensors in a checkpoint: site.<weight>.up and .down, or site.<weight>.change."""

RANK = 16


class LowRank(nn.Module):
    """W + B A; `up` is B, (rows, rank), `down` is A, (rank, columns)."""

    def __init__(self, weight: Tensor, rank: int, generator: torch.Generator) -> None:
        super().__init__()
        rows, columns = _flat(weight)
        self.up = nn.Parameter(torch.zeros(rows, rank))
        self.down = nn.Parameter(torch.randn(rank, columns, generator=generator) / columns**0.5)

    def forward(self, weight: Tensor) -> Tensor:
        return _changed(weight, {"up": self.up, "down": self.down})


class Additive(nn.Module):
    """W + D; `change` is D, of the weight's own shape."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.change = nn.Parameter(torch.zeros_like(weight, memory_format=torch.contiguous_format))

    def forward(self, weight: Tensor) -> Tensor:
        return _changed(weight, {"change": self.change})


def adapt(network: nn.Module, rank: int = RANK, frozen: Iterable[str] = (), seed: int = 0) -> None:
    """Freeze the network's weights and give each a change that starts at nothing, on the weights' device.

    frozen: parts of the network, by the names of its direct children, that stay as published; an InputError for another name.
    """
    parts = [name for name, _ in network.named_children()]
    for name in frozen:
        if name not in parts:
            raise InputError(f"There is no part '{name}' of the network to freeze: choose among {', '.join(parts)}.")
    generator = torch.Generator().manual_seed(seed)
    network.requires_grad_(False)
    for name, module in list(network.named_modules()):
        if name.partition(".")[0] in frozen:
            continue
        for key, weight in list(module.named_parameters(recurse=False)):
            rows, columns = _flat(weight)
            small = rank * (rows + columns) >= weight.numel()
            change = Additive(weight) if small else LowRank(weight, rank, generator)
            parametrize.register_parametrization(module, key, change.to(weight.device), unsafe=True)


def changes_of(network: nn.Module) -> dict[str, Tensor]:
    """The change of an adapted network: tensors named <weight>.up, <weight>.down and <weight>.change."""
    return {
        ".".join(part for part in (name, key, entry) if part): value.detach()
        for name, module in network.named_modules()
        if parametrize.is_parametrized(module)
        for key, changes in module.parametrizations.items()
        for entry, value in changes[0].named_parameters()
    }


def load_changes(network: nn.Module, changes: dict[str, Tensor]) -> None:
    """Put what `changes_of` returned into an adapted network; a KeyError where one is missing."""
    with torch.no_grad():
        for name, value in changes_of(network).items():
            value.copy_(changes[name])


def merged(published: dict[str, Tensor], changes: dict[str, Tensor]) -> dict[str, Tensor]:
    """The published weights with the change in them; a KeyError or RuntimeError where the two do not belong together."""
    by_weight: dict[str, dict[str, Tensor]] = {}
    for name, value in changes.items():
        weight, _, entry = name.rpartition(".")
        by_weight.setdefault(weight, {})[entry] = value
    return published | {name: _changed(published[name], parts) for name, parts in by_weight.items()}


def _changed(weight: Tensor, parts: dict[str, Tensor]) -> Tensor:
    change = parts["change"] if "change" in parts else parts["up"] @ parts["down"]
    return weight + change.reshape(weight.shape)


def _flat(weight: Tensor) -> tuple[int, int]:
    """Rows and columns of a weight as a matrix; a scalar or vector has one column."""
    rows = weight.shape[0] if weight.ndim else 1
    return rows, weight.numel() // rows
