"""Signed distances of simple shapes and how they are painted into a slice or a volume; all lengths in mm, negative is inside."""

from __future__ import annotations

import numpy as np

Point = tuple[float, float]


def oval(x: np.ndarray, y: np.ndarray, centre: Point, axes: Point, power: float = 2.0) -> np.ndarray:
    """Distance along the ray from `centre` to the curve |dx/a|^power + |dy/b|^power = 1, axes = (a, b)."""
    dx, dy = np.abs(x - centre[0]), np.abs(y - centre[1])
    if power == 2.0:
        value = np.sqrt((dx / axes[0]) ** 2 + (dy / axes[1]) ** 2)
    else:
        value = ((dx / axes[0]) ** power + (dy / axes[1]) ** power) ** (1 / power)
    radius = np.sqrt(dx**2 + dy**2)
    return np.where(value > 1e-6, radius - radius / np.maximum(value, 1e-6), -min(axes))


def stroke(x: np.ndarray, y: np.ndarray, start: Point, end: Point) -> np.ndarray:
    """Distance to the straight line between two points."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    t = np.clip(((x - start[0]) * dx + (y - start[1]) * dy) / (dx**2 + dy**2), 0, 1)
    return np.hypot(x - start[0] - t * dx, y - start[1] - t * dy)


def smooth_union(distances: list[np.ndarray], blend: float) -> np.ndarray:
    """The smallest distance, corners rounded over `blend` mm: -blend log sum exp(-d / blend)."""
    return -blend * np.log(np.sum([np.exp(-np.clip(d, -60, 200) / blend) for d in distances], axis=0))


def paint(hu: np.ndarray, distance: np.ndarray, value: float, softness: float) -> None:
    """Blend `value` into `hu`, in place, where `distance` is negative; the border is a ramp `softness` mm wide."""
    hu += (value - hu) * np.clip(0.5 - distance / softness, 0, 1)


def window(x: np.ndarray, y: np.ndarray, centre: Point, reach: Point) -> tuple[slice, slice]:
    """The part of a slice with pixel centres x (I, 1) and y (1, J) that lies within `reach` of `centre`."""
    columns = np.searchsorted(x[:, 0], (centre[0] - reach[0], centre[0] + reach[0]))
    rows = np.searchsorted(y[0], (centre[1] - reach[1], centre[1] + reach[1]))
    return slice(int(columns[0]), int(columns[1])), slice(int(rows[0]), int(rows[1]))
