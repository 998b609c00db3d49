"""What the raters of one image handed in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssb.datasets.study import Study


@dataclass(frozen=True)
class Readings:
    """The masks of the R raters who looked at one image, all on the image's own grid.

    raters: R names. masks: (R, I, J, K) bool. A mask without a voxel says that its rater saw no lesion; a rater who is not named here never
    handed in this image: absent is not empty. image: its id. affine: (4, 4) to LPS mm.
    """

    image: str
    affine: np.ndarray
    raters: tuple[str, ...]
    masks: np.ndarray

    @classmethod
    def of_study(cls, study: Study) -> Readings:
        """The masks of a study's raters who are present."""
        looked = tuple(rater for rater, present in zip(study.raters, study.present, strict=True) if present)
        return cls(study.id, study.volume.affine, looked, study.masks[list(study.present)])
