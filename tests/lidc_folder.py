"""A small folder in the layout of the LIDC crops, for tests."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 128


def disc(row: float, column: float, radius: float) -> np.ndarray:
    """(128, 128) bool: the pixels within `radius` of a place."""
    rows, columns = np.indices((SIDE, SIDE))
    return (rows - row) ** 2 + (columns - column) ** 2 <= radius**2


def write_lidc(root: Path, split: str = "test", slices: tuple[int, ...] = (3, 2)) -> Path:
    """One nodule for each entry of `slices`, which is its number of crops; returns `root`.

    A nodule is a bright disc a little off the middle; its raters drew discs of four radii, the last of them nothing. The last crop of
    the first nodule has no mask at all.
    """
    (root / "nodules").mkdir(parents=True)
    rng = np.random.default_rng(0)
    with (root / "nodules.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["split", "id", "patient", "slices", "pixel_spacing_mm", "slice_thickness_mm"])
        for number, count in enumerate(slices):
            name = f"TEST-{number:04d}_n00"
            table.writerow([split, name, name[:9], count, "0.7" if number else "", "2.5"])
            radii = [5.0 + number, 6.0, 7.0, 0.0]
            images = [np.where(disc(66, 60, 6), 200, 40) + rng.integers(0, 30, (SIDE, SIDE)) for _ in range(count)]
            bits = [sum((disc(66, 60, r) & (r > 0)).astype(np.uint8) << slot for slot, r in enumerate(radii)) for _ in range(count)]
            if number == 0:
                bits[-1] = np.zeros_like(bits[-1])
            Image.fromarray(np.concatenate(images).astype(np.uint8)).save(root / "nodules" / f"{name}.png")
            Image.fromarray(np.concatenate(bits).astype(np.uint8)).save(root / "nodules" / f"{name}_masks.png")
    return root
