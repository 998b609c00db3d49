"""Made readings, for tests: boxes and balls that raters drew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ssb.raters.facts import ImageFacts, facts_of
from ssb.raters.readings import Readings

SHAPE = (40, 24, 12)
AFFINE = np.diag([1.0, 1.0, 2.5, 1.0])

Bar = tuple[int, int] | tuple[int, int, int]


def bars(*drawn: Bar) -> np.ndarray:
    """(40, 24, 12) bool: for each (start, stop[, row]) the voxels start .. stop - 1 along i, in row 0 if none is given, of slice 5."""
    mask = np.zeros(SHAPE, dtype=bool)
    for start, stop, *row in drawn:
        mask[start:stop, row[0] if row else 0, 5] = True
    return mask


def ball(radius: float, centre: tuple[float, float, float] = (12, 12, 6)) -> np.ndarray:
    """(40, 24, 12) bool: the voxels within `radius` mm of a place."""
    steps = np.indices(SHAPE).astype(float) - np.reshape(centre, (3, 1, 1, 1))
    return ((steps * np.reshape((1, 1, 2.5), (3, 1, 1, 1))) ** 2).sum(axis=0) <= radius**2


def read(image: str, masks: Mapping[str, np.ndarray]) -> ImageFacts:
    """The facts of an image that the named raters looked at."""
    return facts_of(Readings(image, AFFINE, tuple(masks), np.stack(list(masks.values()))))


def balls(count: int, excess: Mapping[str, float], seed: int = 0, spread: float = 0.3) -> Sequence[ImageFacts]:
    """`count` images with a ball each, which each rater draws larger by `excess` mm in radius and by chance (deviation `spread`)."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        radius = rng.uniform(4, 8)
        found.append(read(f"image {number}", {rater: ball(radius + more + rng.normal(0, spread)) for rater, more in excess.items()}))
    return found
