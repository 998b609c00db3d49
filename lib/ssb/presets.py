"""All constants of one task in one frozen place; a checkpoint carries its preset in its header."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ssb.errors import InputError


@dataclass(frozen=True)
class NetworkPreset:
    """Widths of the network, from full resolution down; every level halves the grid.

    encoder, bridge: channels a level of the image encoder and of the bridge network (same number of levels).
    embedding: width of the time and rank embedding.
    """

    spatial_dims: int = 2
    encoder: tuple[int, ...] = (16, 32, 64, 96)
    bridge: tuple[int, ...] = (16, 32, 64, 96)
    embedding: int = 128


@dataclass(frozen=True)
class Preset:
    """One task.

    window: side in pixels of the square around the click whose minimum and maximum scale each slice to [-1, 1].
    region: side in pixels of the square that is sampled; where a mask reaches its edge the whole window is sampled.
    spacing_mm: (low, high) in-plane pixel spacings seen in training; images outside are resampled to `resample_mm`.
    intensity_floor: values below are set to it first (-1024: CT scanners pad outside the scan circle with less than air).
    extent_mm: how far from the clicked slice a sample may grow, either way.
    peak_deviation: largest standard deviation of the bridge between image and mask, masks in [-1, 1].
    rank_drop: share of training examples whose rank is hidden, for classifier-free guidance.
    diversity_weight: weight of the diversity term in the loss.
    neighbour_weight, neighbour_level: how strongly, and from which share of covered surroundings on, the mask of the neighbouring
        slice favours a pixel; see `ssb.lesion.belief_from`.
    nfe, guidance: what a request gets that does not say.
    """

    name: str
    title: str
    window: int = 128
    region: int = 64
    spacing_mm: tuple[float, float] = (0.45, 1.0)
    resample_mm: float = 0.7
    intensity_floor: float = -1024.0
    extent_mm: float = 40.0
    steps: int = 1000
    peak_deviation: float = 0.5
    rank_drop: float = 0.15
    diversity_weight: float = 0.1
    neighbour_weight: float = 2.0
    neighbour_level: float = 0.7
    nfe: int = 8
    guidance: float = 0.0
    network: NetworkPreset = field(default_factory=NetworkPreset)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Preset:
        """The inverse of `as_dict` after a trip through JSON (lists become tuples again)."""
        plain = {key: _plain(value) for key, value in values.items() if key != "network"}
        network = {key: _plain(value) for key, value in values["network"].items()}
        return cls(**plain, network=NetworkPreset(**network))


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


PRESETS = {
    preset.name: preset
    for preset in (
        Preset(name="lung_nodule_ct", title="Lung nodule on chest CT", guidance=0.5),
        Preset(
            name="tiny",
            title="A few thousand parameters, for tests",
            region=32,
            window=64,
            network=NetworkPreset(encoder=(4, 8), bridge=(4, 8), embedding=16),
        ),
    )
}


def preset_named(name: str) -> Preset:
    """The preset of that name, or an InputError that lists the names."""
    if name not in PRESETS:
        raise InputError(f"There is no preset '{name}': choose one of {', '.join(sorted(PRESETS))}.")
    return PRESETS[name]
