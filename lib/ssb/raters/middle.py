"""Where a reader would click on a lesion that is drawn already."""

from __future__ import annotations

import numpy as np

from ssb.plausible import Index


def middle_of(mask: np.ndarray) -> Index:
    """The voxel (i, j, k) of `mask` (I, J, K) bool in its middle; `mask` marks at least one voxel.

    It is the one nearest to the centroid of the largest slice across the last axis (of several, the middle one), so that it lies on the
    lesion also where that is hollow (our choice).
    """
    areas = mask.sum(axis=(0, 1))
    largest = np.flatnonzero(areas == areas.max())
    k = int(largest[len(largest) // 2])
    pixels = np.argwhere(mask[:, :, k].T)
    j, i = pixels[np.argmin(((pixels - pixels.mean(axis=0)) ** 2).sum(axis=1))]
    return int(i), int(j), k
