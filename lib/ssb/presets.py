"""All constants of one task in one frozen place; a checkpoint carries its preset in its header."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ssb.errors import InputError


@dataclass(frozen=True)
class NetworkPreset:
    """Widths of the network; every level halves the grid.

    encoder: channels a level of the image encoder, from full resolution down.
    bridge: channels a level of the bridge network on the coarsest levels of the encoder: as many as the encoder has, or one fewer, and then
        the bridge network works from half resolution down and its cost is about a third.
    embedding: width of the time and rank embedding.
    refined: SSB++'s residual connections, see `ssb.blocks`; without, those of a plain DDPM U-Net.
    """

    spatial_dims: int = 2
    encoder: tuple[int, ...] = (16, 32, 64, 96)
    bridge: tuple[int, ...] = (16, 32, 64, 96)
    embedding: int = 128
    refined: bool = True


@dataclass(frozen=True)
class Preset:
    """One task.

    window: side in pixels of the square around the click whose minimum and maximum scale each slice to [-1, 1].
    region: side in pixels of the square that is sampled; where a mask reaches its edge the whole window is sampled.
    spacing_mm: (low, high) in-plane pixel spacings seen in training; images outside are resampled to `resample_mm`.
    intensity_floor: values below are set to it first (-1024: CT scanners pad outside the scan circle with less than air).
    extent_mm: how far from the clicked slice a sample may grow, either way.
    peak_deviation: largest standard deviation of the bridge between image and mask, masks in [-1, 1].
    target: what the network predicts, "mask" (its logits) or "noise" ((X_t - X_0) / sigma_t).
    condition: what classifier-free guidance drops, the "rank" of the rater (see `ssb.network`) or the "image" features; with "image" no
        rank is ever told.
    condition_drop: share of training examples whose condition is hidden.
    diversity: the diversity term of the loss, "energy" or "distance", see `ssb.losses`; diversity_weight: its weight, 0 leaves it out.
    loss: what a training step looks at, one "point" of the bridge an image, or the whole "path" of `nfe` steps as it is sampled without
        guidance; see `ssb.bridge_method`.
    nearest_weight: of a path's loss, the weight of the distance from each rater to the nearest mask, see `ssb.losses.nearest_loss`.
    threshold_spread: width in [0, 1) of the interval around one half from which samples take the threshold of their mask, see
        `ssb.thresholds`; 0 where all take one half.
    draw_masks: between two steps of sampling take the predicted mask as drawn from its probabilities instead of their mean.
    neighbour_weight, neighbour_level: how strongly, and from which share of covered surroundings on, the mask of the neighbouring
        slice favours a pixel; see `ssb.next_slice.belief_from`.
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
    target: str = "mask"
    condition: str = "rank"
    condition_drop: float = 0.15
    diversity: str = "energy"
    diversity_weight: float = 0.5
    loss: str = "point"
    nearest_weight: float = 0.0
    threshold_spread: float = 0.0
    draw_masks: bool = False
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

    def is_told_by(self, values: Any) -> bool:
        """Whether `values`, from the header of a file, are those of this preset; what a file from before a field lacks is its default."""
        try:
            return Preset.from_dict(values) == self
        except (AttributeError, KeyError, TypeError):
            return False


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            name="lung_nodule_ct",
            title="Lung nodule on chest CT, SSB++",
            guidance=1.0,
            network=NetworkPreset(encoder=(16, 32, 64, 128), bridge=(24, 48, 64)),
        ),
        Preset(
            name="lung_nodule_ct_ssb",
            title="Lung nodule on chest CT, SSB",
            target="noise",
            condition="image",
            diversity="distance",
            nfe=50,
            guidance=0.5,
            network=NetworkPreset(refined=False),
        ),
        Preset(
            name="tiny",
            title="A few thousand parameters, for tests",
            region=32,
            window=64,
            network=NetworkPreset(encoder=(4, 8, 8), bridge=(8, 8), embedding=16),
        ),
    )
}


def preset_named(name: str) -> Preset:
    """The preset of that name, or an InputError that lists the names."""
    if name not in PRESETS:
        raise InputError(f"There is no preset '{name}': choose one of {', '.join(sorted(PRESETS))}.")
    return PRESETS[name]
