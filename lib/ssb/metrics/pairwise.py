"""IoU and Dice of every pair of two sets of masks, by one matrix product."""

from __future__ import annotations

import numpy as np

_EXACT_IN_FLOAT32 = 2**24


def iou_matrix(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Intersection over union of every pair, float64 (N, M) in [0, 1], 1 where both masks are empty.

    first (N, ...) and second (M, ...) are bool over the same voxels; a ValueError where their voxels differ or a set is empty.
    """
    shared, total = _overlaps(first, second)
    return ratio(shared, total - shared)


def dice_matrix(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Dice coefficient 2 |A and B| / (|A| + |B|) of every pair, float64 (N, M) in [0, 1], 1 where both masks are empty.

    first (N, ...) and second (M, ...) are bool over the same voxels; a ValueError where their voxels differ or a set is empty.
    """
    shared, total = _overlaps(first, second)
    return ratio(2 * shared, total)


def flat_masks(masks: np.ndarray) -> np.ndarray:
    """`masks` (N, ...) as bool (N, V), one row a mask; a ValueError where there is no mask or a mask has no voxel."""
    if masks.ndim < 2 or masks.size == 0:
        raise ValueError(f"expected at least one mask with at least one voxel, shape (N, ...), got shape {masks.shape}")
    return masks.reshape(len(masks), -1).astype(bool)


def check_same_voxels(first: np.ndarray, second: np.ndarray) -> None:
    """A ValueError where the masks of the two sets do not lie over the same voxels."""
    if first.shape[1:] != second.shape[1:]:
        raise ValueError(f"the masks lie over different voxels: {first.shape[1:]} and {second.shape[1:]}")


def shared_voxels(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Number of voxels in both masks of every pair, float64 (N, M); first (N, V) and second (M, V) are bool."""
    # float32 counts exactly up to 2^24, and its matrix product is several times faster than one of integers
    kind: np.dtype[np.floating] = np.dtype(np.float32 if first.shape[1] <= _EXACT_IN_FLOAT32 else np.float64)
    return (first.astype(kind) @ second.astype(kind).T).astype(np.float64)


def pairs_once(likeness: np.ndarray) -> np.ndarray:
    """The values of the N (N - 1) / 2 pairs of two different masks of one set, from its symmetric (N, N)."""
    return likeness[np.triu_indices(len(likeness), k=1)]


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, 1 where the whole is 0: two empty masks are alike."""
    return np.divide(part, whole, out=np.ones_like(part), where=whole > 0)


def _overlaps(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Voxels in both masks, and sum of the two masks' voxels, of every pair: float64 (N, M)."""
    check_same_voxels(first, second)
    a, b = flat_masks(first), flat_masks(second)
    # a lesion is small: what no mask covers adds nothing, and leaving it out makes the product many times faster
    used = a.any(axis=0) | b.any(axis=0)
    a, b = a.compress(used, axis=1), b.compress(used, axis=1)
    total = a.sum(axis=1, dtype=np.float64)[:, None] + b.sum(axis=1, dtype=np.float64)[None, :]
    return shared_voxels(a, b), total
