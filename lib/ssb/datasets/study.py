"""One image with its raters' masks, and what a reader of such studies left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssb.volumes.volume import Volume


@dataclass(frozen=True)
class Study:
    """One image and the masks its M raters drew, all on the image's own grid.

    raters: M names. masks: (M, I, J, K) bool. present: M flags; False where there is no mask of that rater, whose entry of `masks`
    then has no voxel. A rater who is present and has no voxel looked and saw nothing: absent is not empty.
    """

    id: str
    volume: Volume
    raters: tuple[str, ...]
    masks: np.ndarray
    present: tuple[bool, ...]


@dataclass(frozen=True)
class Skipped:
    """Something a reader left out: the study (or the file that fits none) it belongs to, and why in one sentence."""

    id: str
    reason: str
