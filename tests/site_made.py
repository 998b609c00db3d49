"""A made site: images with bright balls, and annotations of them in a store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ssb.annotations.annotation import Origin
from ssb.annotations.store import AnnotationStore
from ssb.volumes import Volume

SHAPE = (72, 64, 8)
AFFINE = np.diag([0.7, 0.7, 2.0, 1.0])
ORIGIN = Origin("test")


@dataclass
class MadeSite:
    """A store, and what its images are made of; `read` counts how often each image was read."""

    store: AnnotationStore
    radii: dict[str, float] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)

    def add(self, image: str, radius: float, raters: dict[str, float | None], click: tuple[int, int, int] | None = None) -> None:
        """An image with a ball of `radius` pixels, which each rater draws larger by so many pixels; None: looked, and drew nothing."""
        self.radii[image] = radius
        for rater, excess in raters.items():
            mask = np.zeros(SHAPE, dtype=bool) if excess is None else ball(radius + excess)
            self.store.submit(image, rater, mask, AFFINE, replace(ORIGIN, click=click))

    def volume(self, image: str) -> Volume:
        """The image: the ball in noisy air."""
        self.read[image] = self.read.get(image, 0) + 1
        rng = np.random.default_rng(len(image))
        array = np.where(ball(self.radii[image]), 40, -850) + rng.normal(0, 20, SHAPE)
        return Volume(array.astype(np.float32), AFFINE, image)


def ball(radius: float) -> np.ndarray:
    """(72, 64, 8) bool, about (36, 32, 4), a slice counting as two pixels."""
    steps = np.indices(SHAPE).astype(float) - np.reshape((36, 32, 4), (3, 1, 1, 1))
    return ((steps * np.reshape((1, 1, 2), (3, 1, 1, 1))) ** 2).sum(axis=0) <= radius**2


def made_site(root: Path, images: int = 8, raters: Callable[[int], dict[str, float | None]] | None = None) -> MadeSite:
    """A site of some images, scan0 and on, of balls of 5 to 8 pixels; by default two raters draw them, one of them larger."""
    site = MadeSite(AnnotationStore(root))
    for n in range(images):
        site.add(f"scan{n}", 5 + n % 4, raters(n) if raters else {"anna": 0.0, "ben": 1.0})
    return site
