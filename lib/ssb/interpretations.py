"""The few readings that matter: samples grouped by likeness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from ssb.measurements import voxel_ml
from ssb.metrics.pairwise import iou_matrix
from ssb.plausible import SampleSet

# Samples whose groups are on average less alike than IoU 0.6 are different interpretations; at most four beside "no lesion". Our choice.
FARTHEST = 0.4
MOST = 4


@dataclass(frozen=True)
class Interpretation:
    """A group of like samples.

    name: "interpretation k", or "no lesion". members: indices of its samples. representative: index of its medoid, the sample with the
    least mean 1 - IoU to the others. share: of all samples, in (0, 1]. volume_ml: the representative's volume.
    """

    name: str
    members: tuple[int, ...]
    representative: int
    share: float
    volume_ml: float


def interpret(sample_set: SampleSet) -> tuple[Interpretation, ...]:
    """Interpretations by falling share (equal shares: the larger volume first), numbered from 1 in that order.

    "no lesion" keeps its place in the order, so that the k-th interpretation is called "interpretation k" wherever it has a volume.

    Grouping: average linkage on 1 - IoU (Sokal and Michener 1958), cut at `FARTHEST`; empty samples are "no lesion", one group.
    """
    masks = sample_set.masks.reshape(len(sample_set.masks), -1)
    filled = np.flatnonzero(masks.any(axis=1))
    distance = 1 - iou_matrix(masks, masks)
    groups = [filled[labels == label] for labels in [_labels(distance[np.ix_(filled, filled)])] for label in np.unique(labels)]
    empty = np.flatnonzero(~masks.any(axis=1))
    groups += [empty] if len(empty) else []
    unit = voxel_ml(sample_set.affine)
    found = []
    for members in groups:
        medoid = int(members[np.argmin(distance[np.ix_(members, members)].mean(axis=1))])
        found.append((members, medoid, float(masks[medoid].sum() * unit)))
    found.sort(key=lambda entry: (-len(entry[0]), -entry[2]))
    return tuple(
        Interpretation(
            name=f"interpretation {number}" if volume else "no lesion",
            members=tuple(int(member) for member in members),
            representative=medoid,
            share=len(members) / len(masks),
            volume_ml=volume,
        )
        for number, (members, medoid, volume) in enumerate(found, start=1)
    )


def _labels(distance: np.ndarray) -> np.ndarray:
    """A group number for each row of a square distance matrix."""
    if len(distance) < 2:
        return np.arange(len(distance))
    tree = linkage(squareform(distance, checks=False), method="average")
    labels = fcluster(tree, FARTHEST, criterion="distance")
    return labels if labels.max() <= MOST else fcluster(tree, MOST, criterion="maxclust")
