"""How alike neighbouring slices of one mask are."""

from __future__ import annotations

import numpy as np


def slice_iou(masks: np.ndarray) -> np.ndarray:
    """Mean IoU of neighbouring slices k and k + 1 within each mask, float64 (N,) in [0, 1].

    Pairs of two empty slices do not count; a pair of an empty and a filled slice counts as 0. NaN for a mask without any pair that
    counts: an empty one, or one of a single slice. Our choice: it tells a coherent 3-D object from a stack of unrelated slices when
    set beside the same number of the raters over the same slices.

    masks: (N, I, J, K) bool; a ValueError for any other number of axes.
    """
    if masks.ndim != 4:
        raise ValueError(f"expected masks of shape (N, I, J, K), got shape {masks.shape}")
    here, following = masks[..., :-1].astype(bool), masks[..., 1:].astype(bool)
    shared = (here & following).sum(axis=(1, 2), dtype=np.float64)
    union = (here | following).sum(axis=(1, 2), dtype=np.float64)
    counts = (union > 0).sum(axis=1)
    iou = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return np.divide(iou.sum(axis=1), counts, out=np.full(len(masks), np.nan), where=counts > 0)
