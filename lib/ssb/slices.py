"""The masks of one slice: sampled in the region or the whole window, cut into parts, and what they say about the next slice."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage

from ssb.checkpoint import Model
from ssb.presets import Preset
from ssb.sampling import BridgeSampler, Draws

_TOUCHING = np.ones((3, 3), dtype=bool)

ASKED = 1.0
"""Logits from which on the reader is taken to ask for a pixel (our choice)."""


def window_masks(
    model: Model,
    window: np.ndarray,
    draws: Draws,
    sampler: BridgeSampler,
    belief: np.ndarray | None = None,
    told: np.ndarray | None = None,
) -> np.ndarray:
    """Masks (N, W, W) bool of one scaled window (W, W).

    belief: (N, W, W) logits from the neighbouring slice, see `belief_from`. told: (W, W) logits from the reader, see `ssb.known`.
    The middle `preset.region` pixels are sampled; samples whose mask reaches their edge are sampled again in the whole window, as all are
    where the reader asks for pixels beyond the middle.
    """
    side = len(window)
    masks = np.zeros((len(draws.ranks), side, side), dtype=bool)
    members = np.ones(len(masks), dtype=bool)
    if told is not None:
        belief = np.broadcast_to(told, masks.shape) if belief is None else belief + told
    for width in (side,) if told is not None and _beyond(told, model.preset.region) else (model.preset.region, side):
        edge = (side - width) // 2
        middle = slice(edge, side - edge)
        some = draws.subset(members)
        image = torch.from_numpy(np.ascontiguousarray(window[middle, middle]))[None, None].to(model.device)
        known = None if belief is None else torch.from_numpy(np.ascontiguousarray(belief[members][:, middle, middle]))
        found = sampler(image, model.network, some.ranks, some.noise[:, :, middle, middle], known).numpy() > 0.5
        masks[members] = False
        masks[members, edge : side - edge, edge : side - edge] = found
        members[members] = reaches_edge(found)
        if not members.any():
            break
    return masks


def _beyond(told: np.ndarray, region: int) -> bool:
    """Whether a pixel outside the middle `region` pixels is asked for."""
    edge = (len(told) - region) // 2
    outer = np.ones(told.shape, dtype=bool)
    outer[edge : len(told) - edge, edge : len(told) - edge] = False
    return bool((told[outer] >= ASKED).any())


def reaches_edge(masks: np.ndarray) -> np.ndarray:
    """(N,) bool: the masks (N, W, W) that cover a pixel of the outermost row or column."""
    return masks[:, [0, -1]].any(axis=(1, 2)) | masks[:, :, [0, -1]].any(axis=(1, 2))


def belief_from(neighbours: np.ndarray, preset: Preset) -> np.ndarray:
    """What the neighbouring slice's masks (N, W, W) say about this one's: logits float32 (N, W, W).

    weight * (b - level) where b, the mask smoothed with a deviation of 1 pixel, is the share of a pixel's surroundings that it covers;
    0 farther than about 6 pixels away. So the middle of the neighbour favours a mask and its rim and surroundings speak against one,
    which counts only where the network itself is undecided. Our choice, as a product of the network's and the neighbour's odds.
    """
    smooth = ndimage.gaussian_filter(neighbours.astype(np.float32), (0, 1, 1))
    near = ndimage.gaussian_filter(neighbours.astype(np.float32), (0, 3, 3)) > 0.02
    return np.where(near, preset.neighbour_weight * (smooth - preset.neighbour_level), 0.0).astype(np.float32)


def nearest_part(mask: np.ndarray) -> np.ndarray:
    """The connected part (8 neighbours) of `mask` (W, W) that is nearest to its middle; `mask` itself where it is empty."""
    parts, count = ndimage.label(mask, structure=_TOUCHING)
    if count <= 1:
        return mask
    rows, columns = np.nonzero(mask)
    nearest = np.argmin((rows - len(mask) // 2) ** 2 + (columns - len(mask) // 2) ** 2)
    return parts == parts[rows[nearest], columns[nearest]]


def touching_parts(mask: np.ndarray, neighbour: np.ndarray) -> np.ndarray:
    """The connected parts of `mask` (W, W) that touch the mask of the neighbouring slice, within one pixel."""
    parts, _ = ndimage.label(mask, structure=_TOUCHING)
    kept = np.unique(parts[ndimage.binary_dilation(neighbour, _TOUCHING) & mask])
    return np.isin(parts, kept) & mask
