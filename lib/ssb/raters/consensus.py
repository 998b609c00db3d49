"""One mask from the masks of several raters: the majority, and STAPLE."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk


@dataclass(frozen=True)
class Staple:
    """What STAPLE says of R masks.

    probability: float32, shape of one mask, that a voxel belongs to the true lesion. sensitivity, specificity: (R,) in [0, 1], the share of
    the true lesion that each rater covers, and of the rest that each leaves out; NaN where no rater marked anything.
    """

    probability: np.ndarray
    sensitivity: np.ndarray
    specificity: np.ndarray

    @property
    def mask(self) -> np.ndarray:
        """Voxels of a probability above one half, bool."""
        return self.probability > 0.5


def majority(masks: np.ndarray) -> np.ndarray:
    """Voxels that more than half of the raters who looked marked, bool; an even split is left out, as in `SampleSet.consensus`.

    masks: (R, ...) bool of the raters who looked, empty ones included and absent raters left out.
    """
    return 2 * masks.sum(axis=0) > len(masks)


def staple(masks: np.ndarray) -> Staple:
    """STAPLE's estimate of the true lesion and of each rater's quality, masks (R, I, J, K) bool of the raters who looked.

    Source: Warfield, Zou and Wells, IEEE Transactions on Medical Imaging 23:903-921, 2004, by SimpleITK. Its outcome depends on how much
    background it sees; here that is the smallest box around all marks, one voxel wider on every side (our choice). It weighs raters by
    how they agree, so unlike a majority it may follow the larger of two masks.
    """
    probability = np.zeros(masks.shape[1:], dtype=np.float32)
    at = np.argwhere(masks.any(axis=0))
    if not len(at):
        unknown = np.full(len(masks), np.nan)
        return Staple(probability, unknown, unknown)
    box = tuple(slice(a, b) for a, b in zip(at.min(axis=0), at.max(axis=0) + 1, strict=True))
    filter_ = sitk.STAPLEImageFilter()
    filter_.SetForegroundValue(1.0)
    found = filter_.Execute([sitk.GetImageFromArray(np.pad(mask[box], 1).astype(np.uint8)) for mask in masks])
    probability[box] = sitk.GetArrayViewFromImage(found)[1:-1, 1:-1, 1:-1]
    return Staple(probability, np.array(filter_.GetSensitivity()), np.array(filter_.GetSpecificity()))
