"""The annotations of one image matched into lesions, and who marked which."""

from __future__ import annotations

from enum import Enum

import numpy as np
from scipy import ndimage

from ssb.datasets.study_crops import MarkedLesion, lesions_of
from ssb.metrics.pairwise import iou_matrix, shared_voxels
from ssb.plausible import Box
from ssb.raters.joining import join_alike

_TOUCHING = np.ones((3, 3, 3), dtype=bool)

COVERED = 0.5
"""Two parts of one rater belong together where another rater's part covers more than this share of each (our choice)."""


class Presence(str, Enum):
    """What a rater said about a lesion: drew it, looked at the image and did not draw it, or never handed in the image."""

    MARKED = "marked"
    NOT_MARKED = "not marked"
    ABSENT = "absent"


def match_lesions(masks: np.ndarray) -> list[MarkedLesion]:
    """The lesions of an image, each with what every rater drew of it, from the masks (R, I, J, K) bool of the raters who looked.

    Each mask is cut into its connected parts (26 neighbours). Parts of different raters that share voxels or touch are linked and joined
    in the order of falling IoU, chains included, as in `ssb.datasets.lidc_lesions`. Two parts of one rater come into one lesion only where
    they belong together: where one part of another rater covers more than half of each. So two lesions that touch stay two, while one that
    somebody drew in pieces stays one; where some drew one and others two, it is one lesion. All our choice.
    """
    return [lesion for cluster in lesions_of(masks) for lesion in _split(cluster)]


def _split(cluster: MarkedLesion) -> list[MarkedLesion]:
    """The lesions among parts that are all linked to each other, directly or by chains."""
    labelled = [ndimage.label(mask, structure=_TOUCHING) for mask in cluster.masks]
    if all(count < 2 for _, count in labelled):
        return [cluster]
    owner = np.array([rater for rater, (_, count) in enumerate(labelled) for _ in range(count)])
    parts = np.stack([labels == label for labels, count in labelled for label in range(1, count + 1)])
    groups = join_alike(_likeness(parts, owner), _Belonging(parts, owner).may_be_one)
    return [_lesion(cluster, parts[group], owner[group]) for group in groups]


def _likeness(parts: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """IoU of the parts of different raters that touch or share voxels, NaN for all other pairs; parts (n, a, b, c), owner (n,)."""
    wider = np.stack([ndimage.binary_dilation(part, _TOUCHING) for part in parts])
    near = shared_voxels(wider.reshape(len(parts), -1), parts.reshape(len(parts), -1)) > 0
    return np.where(near & (owner[:, None] != owner), iou_matrix(parts, parts), np.nan)


class _Belonging:
    """The rule for several parts of one rater."""

    def __init__(self, parts: np.ndarray, owner: np.ndarray) -> None:
        flat = parts.reshape(len(parts), -1)
        shared = shared_voxels(flat, flat)
        self.owner = owner
        self.covered = shared / shared.diagonal()[:, None] > COVERED
        """covered[a, b]: part b covers more than half of part a."""

    def may_be_one(self, members: list[int]) -> bool:
        """Whether every rater has one part among `members`, or several that one part of another rater covers."""
        owner = self.owner[members]
        for rater in np.unique(owner):
            own, others = (np.array(members)[part] for part in (owner == rater, owner != rater))
            if len(own) > 1 and not self.covered[np.ix_(own, others)].all(axis=0).any():
                return False
        return True


def _lesion(cluster: MarkedLesion, parts: np.ndarray, owner: np.ndarray) -> MarkedLesion:
    """The lesion of some parts (n, a, b, c) of a cluster, in its own box; owner (n,): whose part each is."""
    at = np.argwhere(parts.any(axis=0))
    low, high = at.min(axis=0), at.max(axis=0) + 1
    i, j, k = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    masks = np.stack([parts[owner == rater][:, i, j, k].any(axis=0) for rater in range(len(cluster.masks))])
    start, stop = low + cluster.box.start, high + cluster.box.start
    centre = (start + stop) // 2
    box = Box.between(start, stop)
    return MarkedLesion((int(centre[0]), int(centre[1]), int(centre[2])), box, masks)
