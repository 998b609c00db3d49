"""The picture of what D_DDI sees and GED and D_max do not.

    .venv/bin/python benchmarks/d_ddi_figure.py -o benchmarks/pictures/d_ddi.png

Made lesions only: discs whose size the raters and the models draw from a known distribution. Three swept families (diversity, consensus,
junk beside copies of the raters), and three models that have the same GED and the same D_max. Prints the numbers of the three models,
and what a perfect model scores with few samples. Same arguments, same bytes, with one version of matplotlib.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import NormalDist

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib")]

from ssb.atomic import replaced  # noqa: E402 (needs the path above)
from ssb.metrics import set_scores  # noqa: E402

SIDE, RATERS, SAMPLES = 64, 4, 32
AREA, SPREAD = 300.0, 0.3
"""Median area of a disc in pixels, and the standard deviation of its logarithm among raters."""

METRICS = (("GED", "#c44e52"), ("1 \N{MINUS SIGN} D_max", "#8c8c8c"), ("D_DDI", "#1f5fa8"))
TRUTH = (6, 8, 10, 12)
MODELS = (
    ("too little diversity", (6, 12, 12, 12, 12, 12, 12, 12)),
    ("nearest to the raters'", (8, 8, 12, 12, 12, 18, 18, 18)),
    ("too much diversity", (0, 3, 8, 8, 10, 15, 20, 20)),
)
UNIT = 20
"""TRUTH and MODELS are areas of nested discs in this many pixels; GED is 0.16875 and D_max 0.94156 for all three models."""

DRAWS = 60
"""Sets of four raters behind each point of the first two families."""


def disc(area: float, shift: int = 0) -> np.ndarray:
    """(64, 64) bool: the round(area) pixels nearest to the middle, moved to the right by `shift` pixels."""
    rows, columns = np.indices((SIDE, SIDE))
    distance = np.hypot(rows - SIDE / 2, columns - SIDE / 2 + 0.01)
    order = np.argsort(distance, axis=None, kind="stable")
    mask = np.zeros(SIDE * SIDE, dtype=bool)
    mask[order[: round(area)]] = True
    return np.roll(mask.reshape(SIDE, SIDE), shift, axis=1)


def discs(areas: Iterable[float], shift: int = 0) -> np.ndarray:
    """One disc an area, (N, 64, 64) bool."""
    return np.stack([disc(area, shift) for area in areas])


def scores(samples: np.ndarray, raters: np.ndarray) -> np.ndarray:
    """GED, 1 - D_max and D_DDI: three numbers that are 0 at best."""
    n, found = len(samples), set_scores(samples, raters)
    return np.array([found[f"ged_{n}"], 1.0 - found[f"d_max_{n}"], found[f"d_ddi_{n}"]])


def drawn_areas(rng: np.random.Generator, count: int) -> np.ndarray:
    """Areas of `count` independent raters."""
    return AREA * np.exp(SPREAD * rng.standard_normal(count))


def sample_areas(factor: float) -> np.ndarray:
    """Areas of the samples of a model whose spread is `factor` times the raters': evenly spaced quantiles, so that no chance enters."""
    quantiles = [NormalDist().inv_cdf((k + 0.5) / SAMPLES) for k in range(SAMPLES)]
    return AREA * np.exp(factor * SPREAD * np.array(quantiles))


def over_raters(make: Callable[[float], np.ndarray], values: Iterable[float], draws: int) -> np.ndarray:
    """Mean scores (values, 3) of the model `make(value)` over `draws` sets of four raters, the same sets for every value."""
    rng = np.random.default_rng(0)
    sets = [discs(drawn_areas(rng, RATERS)) for _ in range(draws)]
    return np.array([np.mean([scores(samples, raters) for raters in sets], axis=0) for samples in map(make, values)])


def beside_copies(junk: int) -> np.ndarray:
    """Scores of one exact copy of each rater beside `junk` small discs elsewhere."""
    raters = discs([area * UNIT for area in TRUTH])
    elsewhere = [np.roll(disc(40, 22), k * 7, axis=0) for k in range(junk)]
    return scores(np.concatenate([raters, *(mask[None] for mask in elsewhere)]), raters)


def curves(axes: Axes, x: Sequence[float] | np.ndarray, y: np.ndarray, title: str, label: str) -> None:
    """The three scores over one swept number; a ring marks the least of each that changes."""
    for (name, color), values in zip(METRICS, y.T, strict=True):
        axes.plot(x, values, color=color, label=name, lw=2)
        if np.ptp(values) > 1e-9:
            best = int(np.argmin(values))
            axes.plot(x[best], values[best], "o", mfc="white", mec=color, mew=1.5, ms=6)
    axes.set_title(title, fontsize=10.5, loc="left")
    axes.set_xlabel(label, fontsize=9)
    axes.set_ylim(bottom=-0.02)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def gallery(axes: Axes, units: Sequence[int], columns: int, title: str, lines: str) -> None:
    """Small pictures of every mask, `columns` a row, with words below."""
    masks = [np.pad(disc(area * UNIT)[18:46, 18:46], 1, constant_values=True) for area in units]
    rows = [np.concatenate(masks[k : k + columns], axis=1) for k in range(0, len(masks), columns)]
    edges = np.pad(np.zeros((28, 28)), 1, constant_values=0.45)
    frame = np.tile(edges, (len(rows), columns))
    axes.imshow(np.where(frame > 0, frame, np.concatenate(rows) * 1.0), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set_title(title, fontsize=10.5)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel(lines, fontsize=10, linespacing=1.5)


def draw(path: Path, draws: int) -> None:
    """Write the picture. draws: sets of four raters behind each point of the first two families."""
    figure = Figure(figsize=(11.5, 6.3), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    top, bottom = figure.subfigures(2, 1, squeeze=False, height_ratios=(1.15, 1))[:, 0]
    first, second, third = top.subplots(1, 3)
    factors, shifts, junk = np.linspace(0, 3, 25), range(25), range(13)
    curves(
        first,
        factors,
        over_raters(lambda factor: discs(sample_areas(factor)), factors, draws),
        "Diversity: too little ... too much",
        "spread of the samples / spread of the raters",
    )
    moved = over_raters(lambda shift: discs(sample_areas(1.0), int(shift)), shifts, draws)
    curves(second, shifts, moved, "Consensus moves away", "shift in pixels (a disc is 20 wide)")
    copies = np.array([beside_copies(k) for k in junk])
    curves(third, junk, copies, "Copies of the 4 raters, and junk", "junk samples beside the 4 copies")
    first.legend(frameon=False, fontsize=9)
    panels = bottom.subplots(1, 4, width_ratios=(1, 2, 2, 2))
    raters = discs([area * UNIT for area in TRUTH])
    gallery(panels[0], TRUTH, 2, "the 4 raters", "")
    for axes, (title, units) in zip(panels[1:], MODELS, strict=True):
        ged, missed, ddi = scores(discs([area * UNIT for area in units]), raters)
        gallery(axes, units, 4, f"8 samples, {title}", f"GED {ged:.3f}     D_max {1 - missed:.3f}\nD_DDI {ddi:.3f}")
    with replaced(path) as temporary:
        figure.savefig(temporary, format="png", metadata={"Software": None})


def report(draws: int) -> str:
    """The numbers of the three models, and those of a perfect model by its number of samples."""
    raters = discs([area * UNIT for area in TRUTH])
    lines = [f"{'8 samples against 4 raters':28} {'GED':>8} {'D_max':>8} {'D_DDI':>8}"]
    for title, units in MODELS:
        ged, missed, ddi = scores(discs([area * UNIT for area in units]), raters)
        lines.append(f"{title:28} {ged:8.5f} {1 - missed:8.5f} {ddi:8.5f}")
    rng = np.random.default_rng(1)
    for n in (4, 16, 32, 100):
        pairs = [(discs(drawn_areas(rng, n)), discs(drawn_areas(rng, RATERS))) for _ in range(draws)]
        ged, missed, ddi = np.mean([scores(samples, four) for samples, four in pairs], axis=0)
        lines.append(f"{f'perfect model, {n} samples':28} {ged:8.5f} {1 - missed:8.5f} {ddi:8.5f}")
    return "\n".join(lines)


def main() -> None:
    """Draw, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    draw(asked.out, DRAWS)
    print(report(4 * DRAWS))
    print(f"Written to {asked.out}")


if __name__ == "__main__":
    main()
