"""Pictures of a few crops: every method's samples beside the raters' masks, and the maps of disagreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from ssb.benchmark.entries import Entry, title_of
from ssb.benchmark.style import DIM, INK, new_figure, save
from ssb.datasets.crops import Crop, CropSet
from ssb.evaluation import CropSampler
from ssb.method import Method

SHOWN = 3
"""Crops in the pictures."""
SAMPLES = 16
COLUMNS = 8
OFTEN = 0.25
MARGIN = 10
"""Pixels around what a picture must show."""
SMALLEST = 40
RATER, SAMPLE = "#ffd23f", "#4cc9f0"
HEAT = "magma"


def shown_crops(crops: CropSet, indices: np.ndarray, seed: int) -> list[int]:
    """Up to three of the crops at `indices`, of different patients, drawn by the seed among those that two or more raters marked."""
    marked = [int(i) for i in indices if crops[int(i)].masks.any(axis=(1, 2)).sum() >= 2]
    found: dict[str, int] = {}
    for place in np.random.default_rng(seed).permutation(len(marked)):
        found.setdefault(crops.patients[marked[place]], marked[place])
    return list(found.values())[:SHOWN]


def shown_entries(entries: Sequence[Entry]) -> list[Entry]:
    """One entry a method: that of the most evaluations up to 50."""
    best: dict[str, Entry] = {}
    for entry in entries:
        if entry.nfe <= 50 and (entry.method not in best or entry.nfe > best[entry.method].nfe):
            best[entry.method] = entry
    return list(best.values())


def drawn(methods: Mapping[str, Method], entries: Sequence[Entry], crop: Crop, seed: int) -> dict[str, np.ndarray]:
    """The 16 masks (16, row, column) that each entry draws of a crop: the first of those it is scored with."""
    return {entry.key: CropSampler(methods[entry.method], SAMPLES, entry.nfe, seed).masks(crop) for entry in entries}


def draw_gallery(crop: Crop, entries: Sequence[Entry], samples: Mapping[str, np.ndarray], path: Path) -> None:
    """One crop: the image and every rater's outline in the first row, then one row of eight samples for each entry."""
    rows = 1 + len(entries)
    figure = new_figure(1.25 * COLUMNS + 1.3, 1.3 * rows + 0.35)
    grid = figure.subplots(rows, COLUMNS, squeeze=False)
    box = _box(crop, samples)
    for axes in grid.ravel():
        _bare(axes)
    _outlined(grid[0, 0], crop, box, None, RATER)
    grid[0, 0].set_title("image", color=DIM, fontsize=9)
    for number, mask in enumerate(crop.masks[: COLUMNS - 1]):
        _outlined(grid[0, 1 + number], crop, box, mask, RATER)
        grid[0, 1 + number].set_title(f"rater {number + 1}", color=DIM, fontsize=9)
    for axes in grid[0, 1 + len(crop.masks) :]:
        axes.axis("off")
    _name(grid[0, 0], "Raters")
    for row, entry in zip(grid[1:], entries, strict=True):
        _name(row[0], title_of(entry).replace(", ", "\n"))
        for axes, mask in zip(row, samples[entry.key], strict=False):
            _outlined(axes, crop, box, mask, SAMPLE)
    figure.suptitle(f"{crop.nodule}, slice {crop.slice_index}: no outline where a mask is empty", color=DIM, fontsize=9)
    save(figure, path)


def draw_disagreement(crops: Sequence[Crop], entries: Sequence[Entry], samples: Sequence[Mapping[str, np.ndarray]], path: Path) -> None:
    """One row a crop: image, the raters' disagreement, then that of each entry's 16 samples; entropy of the mean mask in bits."""
    columns = 2 + len(entries)
    figure = new_figure(1.45 * columns + 0.6, 1.5 * len(crops) + 0.5)
    grid = figure.subplots(len(crops), columns, squeeze=False)
    for row, crop, masks in zip(grid, crops, samples, strict=True):
        box = _box(crop, masks)
        for axes in row:
            _bare(axes)
        _outlined(row[0], crop, box, None, RATER)
        for axes, several in zip(row[1:], (crop.masks, *(masks[entry.key] for entry in entries)), strict=True):
            axes.imshow(_bits(several)[box], cmap=HEAT, vmin=0, vmax=1, interpolation="nearest")
    titles = ("image", "raters", *(title_of(entry).replace(", ", "\n").replace(" (", "\n(") for entry in entries))
    for axes, title in zip(grid[0], titles, strict=True):
        axes.set_title(title, color=INK, fontsize=8.5)
    bar = figure.colorbar(ScalarMappable(Normalize(0, 1), HEAT), ax=grid.ravel().tolist(), shrink=0.7, pad=0.01, ticks=[0, 0.5, 1])
    bar.set_label("disagreement (bits)", color=INK, fontsize=9)
    save(figure, path)


def _bits(masks: np.ndarray) -> np.ndarray:
    """Entropy of the mean mask in bits, (row, column) in [0, 1]."""
    mean = masks.mean(axis=0)
    safe = np.clip(mean, 1e-12, 1 - 1e-12)
    return np.where((mean > 0) & (mean < 1), -safe * np.log2(safe) - (1 - safe) * np.log2(1 - safe), 0.0)


def _box(crop: Crop, samples: Mapping[str, np.ndarray]) -> tuple[slice, slice]:
    """The square, about the crop's middle, around what any rater or a quarter of an entry's samples cover, with a margin."""
    often = [masks.mean(axis=0) >= OFTEN for masks in samples.values()]
    places = np.argwhere(np.any([crop.masks.any(axis=0), *often], axis=0))
    side = len(crop.image)
    reach = np.abs(places - side // 2).max() + MARGIN if len(places) else 0
    half = int(np.clip(reach, SMALLEST // 2, side // 2))
    middle = slice(side // 2 - half, side // 2 + half)
    return middle, middle


def _bare(axes: Axes) -> None:
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)


def _name(axes: Axes, words: str) -> None:
    axes.set_ylabel(words, color=INK, fontsize=9, rotation=0, ha="right", va="center", labelpad=6)


def _outlined(axes: Axes, crop: Crop, box: tuple[slice, slice], mask: np.ndarray | None, color: str) -> None:
    axes.imshow(crop.image[box], cmap="gray", interpolation="nearest")
    if mask is not None and mask[box].any():
        axes.contour(mask[box].astype(np.float32), levels=[0.5], colors=[color], linewidths=1.3)
