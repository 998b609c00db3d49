"""Branching lung vessels and airways of the phantom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Axes = tuple[np.ndarray, np.ndarray, np.ndarray]
Shade = Callable[[float], tuple[float, float]]

LEAF_RADIUS = 0.48
WALL_HU, LUMEN_HU = -40.0, -960.0


@dataclass(frozen=True)
class Tree:
    """Straight tubes: start, end (M, 3) in mm and radius (M,) in mm; parents come before their children."""

    start: np.ndarray
    end: np.ndarray
    radius: np.ndarray


def grow_tree(rng: np.random.Generator, root: np.ndarray, targets: np.ndarray) -> Tree:
    """A tree from `root` (3,) that reaches every one of `targets` (M, 3), all in mm.

    Each target, nearest to the root first, is joined to the node that keeps both the new branch and the way from the root short; a
    bend half-way keeps it from being straight. Radii follow Murray's law, r^3 = sum of the children's r^3 (Murray, PNAS 12, 1926);
    the rest is our choice.
    """
    order = np.argsort(np.linalg.norm(targets - root, axis=1))
    nodes = np.tile(root.astype(float), (1 + 2 * len(targets), 1))
    parent, way = np.zeros(len(nodes), dtype=int), np.zeros(len(nodes))
    last = 0
    for target in targets[order]:
        step = np.linalg.norm(nodes[: last + 1] - target, axis=1)
        best = int(np.argmin(step + 0.35 * way[: last + 1]))
        bend = (nodes[best] + target) / 2 + rng.normal(0, 0.08 * step[best], 3)
        for point in (bend, target):
            last += 1
            nodes[last], parent[last] = point, best
            way[last] = way[best] + np.linalg.norm(point - nodes[best])
            best = last
    cubes = np.full(len(nodes), LEAF_RADIUS**3)
    cubes[parent[1:]] = 0
    for node in range(last, 0, -1):
        cubes[parent[node]] += cubes[node]
    return Tree(nodes[parent[1:]], nodes[1:], np.cbrt(cubes[1:]))


def airways(tree: Tree, smallest: float = 1.1) -> Tree:
    """The bronchi that run beside the arteries `tree` wherever these are thicker than `smallest` mm in radius, one radius apart."""
    thick = tree.radius > smallest
    radius = tree.radius[thick]
    aside = np.stack([np.zeros_like(radius), -2.1 * radius, np.zeros_like(radius)], axis=1)
    return Tree(tree.start[thick] + aside, tree.end[thick] + aside, radius)


def draw_tree(hu: np.ndarray, axes: Axes, tree: Tree, shade: Shade) -> None:
    """Paint the tubes of `tree` into `hu` (I, J, K), in place; axes are the voxel centres (I,), (J,), (K,) in mm.

    shade(radius) gives the tube's radius to draw and its HU. A voxel takes the tube's HU by the share of it the tube covers.
    """
    pixel = float(axes[0][1] - axes[0][0])
    for start, end, radius in zip(tree.start, tree.end, tree.radius, strict=True):
        drawn, value = shade(float(radius))
        reach = drawn + pixel
        low, high = np.minimum(start, end) - reach, np.maximum(start, end) + reach
        part = tuple(slice(*np.searchsorted(axis, (a, b))) for axis, a, b in zip(axes, low, high, strict=True))
        x, y, z = (axis[s] - o for axis, s, o in zip(axes, part, start, strict=True))
        if min(x.size, y.size, z.size) == 0:
            continue
        block = hu[part]
        block += (value - block) * _cover(x, y, z, (end - start).astype(np.float32), drawn, pixel)


def _cover(x: np.ndarray, y: np.ndarray, z: np.ndarray, way: np.ndarray, radius: float, pixel: float) -> np.ndarray:
    """Share in [0, 1] of each voxel that the tube covers, for voxels at x (a,), y (b,), z (c,) mm from its start; float32 (a, b, c)."""
    x, y, z = x[:, None, None], y[None, :, None], z[None, None, :]
    along = np.clip((x * way[0] + y * way[1] + z * way[2]) / max(float(way @ way), 1e-6), 0, 1)
    distance = np.sqrt((x - along * way[0]) ** 2 + (y - along * way[1]) ** 2 + (z - along * way[2]) ** 2)
    return np.clip((radius - distance) / pixel + 0.5, 0, 1) * min(1.0, 2 * radius / pixel)
