"""What the masks of one slice mean for the next: their parts, and what they say of its pixels. Masks are (N, W, W) bool, one a sample."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ssb.presets import Preset

_TOUCHING = np.ones((3, 3), dtype=bool)
_IN_PLANE = np.zeros((3, 3, 3), dtype=bool)
_IN_PLANE[1] = True

_NEAR = 3.0
_REACH = int(4 * _NEAR)
"""Pixels beyond which a mask says nothing: where SciPy cuts the wider of the two Gaussian filters."""


def belief_from(neighbours: np.ndarray, preset: Preset) -> np.ndarray:
    """What the neighbouring slice's masks (N, W, W) say about this one's: logits float32 (N, W, W).

    weight * (b - level) where b, the mask smoothed with a deviation of 1 pixel, is the share of a pixel's surroundings that it covers;
    0 farther than about 6 pixels away. So the middle of the neighbour favours a mask and its rim and surroundings speak against one,
    which counts only where the network itself is undecided. Our choice, as a product of the network's and the neighbour's odds.
    """
    belief = np.zeros(neighbours.shape, dtype=np.float32)
    around = _around(neighbours, _REACH)
    covered = neighbours[around].astype(np.float32)
    smooth = ndimage.gaussian_filter(covered, (0, 1, 1))
    near = ndimage.gaussian_filter(covered, (0, _NEAR, _NEAR)) > 0.02
    belief[around] = np.where(near, preset.neighbour_weight * (smooth - preset.neighbour_level), 0.0)
    return belief


def nearest_part(mask: np.ndarray) -> np.ndarray:
    """The connected part (8 neighbours) of `mask` (W, W) that is nearest to its middle; `mask` itself where it is empty."""
    parts, count = ndimage.label(mask, structure=_TOUCHING)
    if count <= 1:
        return mask
    rows, columns = np.nonzero(mask)
    nearest = np.argmin((rows - len(mask) // 2) ** 2 + (columns - len(mask) // 2) ** 2)
    return parts == parts[rows[nearest], columns[nearest]]


def touching_parts(masks: np.ndarray, neighbours: np.ndarray) -> np.ndarray:
    """The connected parts (8 neighbours) of each mask that touch its neighbour, of the slice beside, within one pixel; (N, W, W)."""
    kept = np.zeros(masks.shape, dtype=bool)
    around = _around(masks, 1)
    own = masks[around]
    parts, count = ndimage.label(own, structure=_IN_PLANE)
    goes_on = np.zeros(count + 1, dtype=bool)
    goes_on[parts[own & ndimage.maximum_filter(neighbours[around], size=(1, 3, 3), mode="constant")]] = True
    kept[around] = goes_on[parts]
    return kept


def _around(masks: np.ndarray, margin: int) -> tuple[slice, slice, slice]:
    """The smallest rectangle that holds all masks and `margin` pixels around them, as far as the windows go; empty where all masks are."""
    boxes = ndimage.find_objects(masks.any(axis=0).astype(np.uint8))
    if not boxes:
        return slice(None), slice(0, 0), slice(0, 0)
    rows, columns = (slice(max(side.start - margin, 0), side.stop + margin) for side in boxes[0])
    return slice(None), rows, columns
