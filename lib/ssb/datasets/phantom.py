"""A chest-like CT phantom with ambiguous lesions whose raters are known exactly.

It shows what a chest CT shows (body wall, ribs, spine, heart, great vessels, branching lung vessels, airways, blur and noise of a
reconstruction) and holds lesions of three kinds. Each lesion comes with all the masks its raters may draw and the probability of
each, so that what a model says about it can be compared with the truth. All geometry is our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter1d

from ssb.datasets.phantom_chest import Chest
from ssb.datasets.phantom_lesions import KINDS, draw_lesion
from ssb.datasets.phantom_vessels import LUMEN_HU, WALL_HU, Axes, airways, draw_tree, grow_tree
from ssb.errors import InputError
from ssb.plausible import Box, Index
from ssb.volumes.volume import Volume

SHAPE: Index = (384, 304, 40)
SPACING = (0.86, 0.86, 2.5)
POINTS_PER_TREE = 320
HILUM_GAP = 42.0
LESION_GAP = 40.0
"""Distances in mm that keep lesions away from the thick vessels in the middle and from each other (our choice)."""


@dataclass(frozen=True)
class Lesion:
    """A lesion and its raters.

    kind: one of KINDS. centre: voxel (i, j, k) in its middle. box: the voxels that any rater may draw.
    truths: (mask (I, J, K) bool, probability): every mask a rater may draw, an empty one for "no lesion"; probabilities sum to 1.
    """

    kind: str
    centre: Index
    box: Box
    truths: tuple[tuple[np.ndarray, float], ...]

    def draw_raters(self, rng: np.random.Generator, raters: int) -> np.ndarray:
        """Masks of `raters` independent raters, bool (raters, I, J, K)."""
        choice = rng.choice(len(self.truths), size=raters, p=[chance for _, chance in self.truths])
        return np.stack([self.truths[index][0] for index in choice])


@dataclass(frozen=True)
class Phantom:
    """The image (int16 HU) and its lesions."""

    volume: Volume
    lesions: tuple[Lesion, ...]


def make_phantom(
    seed: int,
    shape: Index = SHAPE,
    spacing: tuple[float, float, float] = SPACING,
    directions: np.ndarray | None = None,
    kinds: Sequence[str] = KINDS,
) -> Phantom:
    """The phantom of `seed`: same arguments, same voxels.

    shape: voxels (I, J, K). spacing: mm along i, j, k. The chest is scaled to fit I and J; lesions keep their size in mm.
    directions: (3, 3), columns are the LPS directions of i, j and k, orthonormal; the identity (left, back, head) where None. The
    chest follows the grid, so a turned grid shows the same picture. kinds: the lesions to place, in this order, of KINDS.
    Raises InputError for an unknown kind, or where the lungs have no room for that many lesions.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise InputError(f"The lesion kind is {kind!r}, but it must be one of {', '.join(KINDS)}.")
    rng = np.random.default_rng(seed)
    axes = tuple(((np.arange(n) - (n - 1) / 2) * s).astype(np.float32) for n, s in zip(shape, spacing, strict=True))
    x, y, z = axes
    chest = Chest.draw(rng, shape[0] * spacing[0], shape[1] * spacing[1], spacing[0])
    hu = chest.hu(x[:, None], y[None, :], z)
    _draw_vessels(hu, rng, chest, (x, y, z))
    places = _places(rng, chest, (x, y, z), len(kinds))
    lesions = tuple(_draw_lesion(hu, kind, rng, place, (x, y, z), spacing) for kind, place in zip(kinds, places, strict=True))
    _reconstruct(hu, rng, spacing)
    affine = np.eye(4)
    affine[:3, :3] = (np.eye(3) if directions is None else directions) * np.asarray(spacing)
    affine[:3, 3] = -affine[:3, :3] @ ((np.asarray(shape) - 1) / 2)
    return Phantom(Volume(np.rint(hu).astype(np.int16), affine, name=f"phantom-{seed}"), lesions)


def _draw_vessels(hu: np.ndarray, rng: np.random.Generator, chest: Chest, axes: Axes) -> None:
    """Arteries with their bronchi, and veins, of both lungs."""
    reach = np.array([130, 92, axes[2][-1] / chest.size + 12]) * chest.size
    points = rng.uniform(-1, 1, (40 * POINTS_PER_TREE, 3)) * reach
    points = points[chest.lung(points[:, 0], points[:, 1], points[:, 2]) < -3 * chest.size]
    for side in (-1, 1):
        own = points[np.sign(points[:, 0]) == side]
        for index, (depth, height) in enumerate(((8.0, 0.0), (-2.0, -12.0))):
            root = np.array([side * 24.0, depth, height]) * chest.size
            tree = grow_tree(rng, root, own[index * POINTS_PER_TREE : (index + 1) * POINTS_PER_TREE])
            draw_tree(hu, axes, tree, lambda radius: (radius, chest.blood))
            if index == 0:
                tubes = airways(tree)
                draw_tree(hu, axes, tubes, lambda radius: (radius, WALL_HU))
                draw_tree(hu, axes, tubes, lambda radius: (0.65 * radius, LUMEN_HU))


def _places(rng: np.random.Generator, chest: Chest, axes: Axes, count: int) -> list[Index]:
    """`count` voxels deep enough in the lungs, away from the thick vessels, from the first and last slices and from each other."""
    step = 4
    x, y, z = axes[0][::step, None, None], axes[1][None, ::step, None], axes[2][None, None, :]
    spacing = [float(axis[1] - axis[0]) for axis in axes]
    depth = distance_transform_edt(chest.lung(x, y, z) < 0, sampling=(step * spacing[0], step * spacing[1], spacing[2]))
    edge = min(16.0, 0.3 * spacing[2] * len(axes[2]))
    near_end = np.minimum(z - axes[2][0], axes[2][-1] - z) < edge
    hilum = np.hypot(np.abs(x) - 24 * chest.size, y - 4 * chest.size) < HILUM_GAP * chest.size
    free = (depth > 13 * chest.size) & ~near_end & ~hilum
    places: list[Index] = []
    for _ in range(count):
        room = np.argwhere(free)
        if not len(room):
            raise InputError(f"The phantom's lungs have no room for {count} lesions: ask for fewer or for a larger image.")
        i, j, k = room[rng.integers(len(room))]
        place = (int(i) * step, int(j) * step, int(k))
        places.append(place)
        away = np.hypot(np.hypot(x - axes[0][place[0]], y - axes[1][place[1]]), z - axes[2][place[2]])
        free &= away > LESION_GAP * chest.size
    return places


def _draw_lesion(
    hu: np.ndarray, kind: str, rng: np.random.Generator, place: Index, axes: Axes, spacing: tuple[float, float, float]
) -> Lesion:
    radius = float(rng.uniform(4.0, 7.0)) if kind != "faint" else float(rng.uniform(4.0, 6.0))
    middle = [float(axis[index]) for axis, index in zip(axes, place, strict=True)]
    ends = [np.searchsorted(axis, (m - 3 * radius, m + 3 * radius)) for axis, m in zip(axes, middle, strict=True)]
    part = tuple(slice(int(a), int(b)) for a, b in ends)
    x, y, z = (axis[s] - m for axis, s, m in zip(axes, part, middle, strict=True))
    drawn = draw_lesion(kind, rng, x[:, None, None], y[None, :, None], z[None, None, :], radius, spacing[0])
    for share, value in drawn.layers:
        hu[part] += np.maximum(value - hu[part], 0) * share
    truths = []
    for mask, chance in drawn.truths:
        full = np.zeros(hu.shape, dtype=bool)
        full[part] = mask
        truths.append((full, chance))
    i, j, k = part
    box = Box(start=(i.start, j.start, k.start), stop=(i.stop, j.stop, k.stop))
    return Lesion(kind, place, box, tuple(truths))


def _reconstruct(hu: np.ndarray, rng: np.random.Generator, spacing: tuple[float, float, float]) -> None:
    """Blur and noise of a CT scanner, in place: about 0.6 mm in the plane, 0.4 slices across, grainy noise of 24 HU (our choice)."""
    noise = rng.standard_normal(hu.shape, dtype=np.float32)
    for axis in (0, 1):
        gaussian_filter1d(hu, 0.6 / spacing[axis], axis=axis, output=hu, truncate=3)
        gaussian_filter1d(noise, 0.55, axis=axis, output=noise, truncate=3)
    gaussian_filter1d(hu, 0.4, axis=2, output=hu, truncate=3)
    hu += noise * (24.0 / float(noise[:, :, 0].std()))
    np.clip(hu, -1024, 3071, out=hu)
