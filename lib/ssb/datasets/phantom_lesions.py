"""Ambiguous lesions of the phantom, each with the finite set of masks its raters draw and their probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SOLID, GROUND_GLASS, FAINT = 25.0, -590.0, -700.0
KINDS = ("spiculated", "part-solid", "faint")
CHANCES = (0.25, 0.375, 0.5, 0.625, 0.75)


@dataclass(frozen=True)
class Drawn:
    """One lesion in a block of voxels: its HU paint in order, and its truths.

    layers: (share of each voxel float32 (a, b, c) in [0, 1], HU). truths: (mask bool (a, b, c), probability), probabilities sum to 1.
    """

    layers: list[tuple[np.ndarray, float]]
    truths: list[tuple[np.ndarray, float]]


def draw_lesion(kind: str, rng: np.random.Generator, x: np.ndarray, y: np.ndarray, z: np.ndarray, radius: float, pixel: float) -> Drawn:
    """A lesion of `kind` (one of KINDS) with a core of `radius` mm, at voxels x, y, z (mm from its middle, broadcasting to (a, b, c)).

    spiculated: the raters draw the solid body, or the body with its spicules and the haze between them.
    part-solid: the solid core, the core with the ground glass around it, or (some lesions) something between.
    faint: nothing, the denser middle, or all of it.
    The chance of each mask is a multiple of 1/16, so that sums are exact (our choice, as all sizes and HU here).
    """
    chance = float(rng.choice(CHANCES))
    body = _lump(rng, x, y, z, radius, rough=0.16)
    if kind == "spiculated":
        spicules = _spicules(rng, x, y, z, radius)
        haze = _lump(rng, x, y, z, 1.25 * radius, rough=0.12)
        wide = np.minimum(np.minimum(body, haze), spicules)
        layers = [(_share(haze, 2 * pixel), GROUND_GLASS + 90), (_share(spicules + 0.3, pixel), SOLID - 80), (_share(body, pixel), SOLID)]
        return Drawn(layers, [(body < 0, chance), (wide < 0, 1 - chance)])
    if kind == "part-solid":
        halo = np.minimum(_lump(rng, x, y, z, 1.9 * radius, rough=0.14), body)
        middle = np.minimum(_lump(rng, x, y, z, 1.4 * radius, rough=0.1), body)
        middle = np.maximum(middle, halo)
        layers = [(_share(halo, 2 * pixel), GROUND_GLASS), (0.45 * _share(middle, 3 * pixel), SOLID), (_share(body, pixel), SOLID)]
        between = 0.125 * float(rng.integers(0, 2))
        truths = [(body < 0, chance), (halo < 0, 1 - chance - between)]
        truths += [(middle < 0, between)] if between else []
        return Drawn(layers, truths)
    outer = np.minimum(_lump(rng, x, y, z, 1.5 * radius, rough=0.18), body)
    layers = [(_share(outer, 4 * pixel), FAINT), (_share(body, 4 * pixel), FAINT + 110)]
    nothing = 0.25 + 0.125 * float(rng.integers(0, 3))
    small = (1 - nothing) / 2
    return Drawn(layers, [(np.zeros(body.shape, dtype=bool), nothing), (body < 0, small), (outer < 0, 1 - nothing - small)])


def _share(distance: np.ndarray, softness: float) -> np.ndarray:
    return np.clip(0.5 - distance / softness, 0, 1).astype(np.float32)


def _lump(rng: np.random.Generator, x: np.ndarray, y: np.ndarray, z: np.ndarray, radius: float, rough: float) -> np.ndarray:
    """Distance to an uneven ball, its radius varied by about `rough` of itself with waves over the directions."""
    stretch = 1 + rng.uniform(-0.15, 0.15, 3)
    x, y, z = x / stretch[0], y / stretch[1], z / stretch[2]
    distance = np.sqrt(x**2 + y**2 + z**2) + 1e-3
    bumps = np.zeros(distance.shape)
    for wave in rng.normal(0, 2.6, (6, 3)):
        bumps += np.cos((x * wave[0] + y * wave[1] + z * wave[2]) / distance + rng.uniform(0, 2 * np.pi))
    return distance - radius * (1 + rough * bumps / np.sqrt(3.0))


def _spicules(rng: np.random.Generator, x: np.ndarray, y: np.ndarray, z: np.ndarray, radius: float) -> np.ndarray:
    """Distance to thin cones from inside the body outwards, in all directions."""
    shape = np.broadcast_shapes(x.shape, y.shape, z.shape)
    nearest = np.full(shape, np.inf)
    for _ in range(int(rng.integers(18, 28))):
        way = rng.normal(size=3) * (1, 1, 0.7)
        way /= np.linalg.norm(way)
        length = radius * rng.uniform(1.5, 2.3)
        along = np.clip(x * way[0] + y * way[1] + z * way[2], 0, length)
        distance = np.sqrt((x - along * way[0]) ** 2 + (y - along * way[1]) ** 2 + (z - along * way[2]) ** 2)
        nearest = np.minimum(nearest, distance - 1.7 * (1 - 0.7 * along / length))
    return nearest
