"""One click to N three-dimensional masks: slices are sampled outwards from the clicked one for as long as a sample goes on.

Samples of one seed share rank and noise over their slices (see `ssb.sampling`). On the clicked slice a sample keeps the part nearest to
the click; on the next slices, where the slice before has a say in doubtful pixels, it keeps the parts that touch it (within one
pixel), and it ends where none does. A sample that is empty on the clicked slice may start on one neighbouring slice, since raters
often disagree about a lesion's first slice. All our choice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ssb.checkpoint import Model
from ssb.errors import InputError
from ssb.geometry import Region
from ssb.plausible import Box, Request, SampleSet
from ssb.sampling import BridgeSampler, Draws
from ssb.slices import belief_from, nearest_part, touching_parts, window_masks
from ssb.volumes.volume import Volume

Progress = Callable[[float], None]

# Where clicks exclude masks, at most this many times the asked number are drawn. Our choice.
MOST_DRAWS = 4


@dataclass
class _Growth:
    """The masks of some samples, slice by slice, as they grow: planes[k] is (N, W, W) bool."""

    model: Model
    region: Region
    draws: Draws
    sampler: BridgeSampler
    progress: Progress
    planes: dict[int, np.ndarray] = field(default_factory=dict)

    def sample(self, k: int, members: np.ndarray, neighbours: np.ndarray | None = None) -> np.ndarray:
        """Masks (N, W, W) of slice k; samples that are not `members` (N,) bool stay empty. neighbours: those of the slice before."""
        side = self.region.preset.window
        masks = np.zeros((len(members), side, side), dtype=bool)
        if 0 <= k < self.region.slices and members.any():
            some = self.draws.subset(members)
            belief = None if neighbours is None else belief_from(neighbours[members], self.model.preset)
            masks[members] = window_masks(self.model, self.region.window(k), some, self.sampler, belief)
        return masks

    def run(self) -> None:
        middle = self.region.click[2]
        everyone = np.ones(len(self.draws.ranks), dtype=bool)
        clicked = np.stack([nearest_part(mask) for mask in self.sample(middle, everyone)])
        self.planes[middle] = clicked
        late = ~clicked.any(axis=(1, 2))
        sides = {way: np.stack([nearest_part(mask) for mask in self.sample(middle + way, late)]) for way in (-1, 1)}
        larger = np.where(sides[1].sum(axis=(1, 2)) >= sides[-1].sum(axis=(1, 2)), 1, -1)
        reach = int(self.region.preset.extent_mm / self.region.spacing[2])
        for number, way in enumerate((-1, 1)):
            start = sides[way] & (late & (larger == way))[:, None, None]
            for ended in self._grow(way, start, reach):
                self.progress((number + ended) / 2)

    def _grow(self, way: int, late_start: np.ndarray, reach: int) -> Iterator[float]:
        """Grow one way; after every slice the share of samples that have ended there, 1 at last."""
        middle = self.region.click[2]
        before = self.planes[middle]
        for distance in range(1, reach + 1):
            k = middle + way * distance
            found = self.sample(k, before.any(axis=(1, 2)), before)
            current = np.stack([touching_parts(mask, last) for mask, last in zip(found, before, strict=True)])
            if distance == 1:
                current |= late_start
            if not current.any():
                break
            self.planes[k] = before = current
            yield 1 - float(current.any(axis=(1, 2)).mean())
        yield 1.0

    def masks(self) -> tuple[np.ndarray, int]:
        """(N, S, W, W) over the slices that were reached, and the first of them."""
        ks = sorted(self.planes)
        return np.stack([self.planes[k] for k in ks], axis=1), ks[0]


def _agrees(own: np.ndarray, box: Box, request: Request) -> np.ndarray:
    """(N,) bool: the masks that cover every inside point and no outside point."""
    agrees = np.ones(len(own), dtype=bool)
    for points, wanted in ((request.inside, True), (request.outside, False)):
        for point in points:
            within = all(a <= v < b for a, v, b in zip(box.start, point, box.stop, strict=True))
            i, j, k = (v - a for v, a in zip(point, box.start, strict=True))
            covered = own[:, i, j, k] if within else np.zeros(len(own), dtype=bool)
            agrees &= covered == wanted
    return agrees


def sample_lesion(volume: Volume, request: Request, model: Model, on_progress: Progress | None = None) -> SampleSet:
    """The sample set of one click.

    on_progress: called with the done share in (0, 1], growing. Raises InputError for points outside the image, and where no mask
    of `MOST_DRAWS` times the asked number agrees with the inside and outside points.
    """
    started = time.monotonic()
    progress = on_progress or (lambda share: None)
    for point in (request.point, *request.inside, *request.outside):
        volume.check_index(point)
    preset = model.preset
    region = Region(volume, request.point, preset)
    sampler = BridgeSampler(preset, request.nfe, request.guidance)
    constrained = bool(request.inside or request.outside)
    kept: list[tuple[np.ndarray, Box]] = []
    drawn = 0
    while (missing := request.samples - sum(len(masks) for masks, _ in kept)) and drawn < MOST_DRAWS * request.samples:
        count = min(request.samples if constrained else missing, MOST_DRAWS * request.samples - drawn)
        draws = sampler.draws(request.seed, preset.window, count, first=drawn)
        growth = _Growth(model, region, draws, sampler, (lambda share: None) if constrained else progress)
        growth.run()
        own, box = region.put_back(*growth.masks())
        kept.append((own[_agrees(own, box, request)][:missing], box))
        drawn += count
        # How many draws the points will take is not known: either enough masks agree, or the limit is reached.
        progress(max(sum(len(masks) for masks, _ in kept) / request.samples, drawn / (MOST_DRAWS * request.samples)))
    masks, box = _union(kept)
    if not len(masks):
        raise InputError(f"None of the {drawn} masks drawn agrees with the inside and outside points: move or remove a point.")
    notes: tuple[str, ...] = ()
    if len(masks) < request.samples:
        notes = (f"Only {len(masks)} of the {request.samples} samples asked agree with the points, after {drawn} draws.",)
    masks, box = _tight(masks, box, request)
    seconds = time.monotonic() - started
    return SampleSet(masks, box, volume.shape, volume.affine, request, model.name, volume.name, notes, seconds)


def _union(parts: list[tuple[np.ndarray, Box]]) -> tuple[np.ndarray, Box]:
    """All masks in the smallest box that holds the boxes of all parts."""
    starts, stops = np.array([box.start for _, box in parts]), np.array([box.stop for _, box in parts])
    low, high = starts.min(axis=0), stops.max(axis=0)
    placed = []
    for masks, box in parts:
        whole = np.zeros((len(masks), *(high - low)), dtype=bool)
        i, j, k = (slice(a - o, b - o) for a, b, o in zip(box.start, box.stop, low, strict=True))
        whole[:, i, j, k] = masks
        placed.append(whole)
    return np.concatenate(placed), _box(low, high)


def _box(low: np.ndarray, high: np.ndarray) -> Box:
    return Box((int(low[0]), int(low[1]), int(low[2])), (int(high[0]), int(high[1]), int(high[2])))


def _tight(masks: np.ndarray, box: Box, request: Request) -> tuple[np.ndarray, Box]:
    """The masks in the smallest box that holds them and the click."""
    at = np.argwhere(masks.any(axis=0)) + box.start
    at = np.concatenate([at, np.array([request.point])])
    low, high = at.min(axis=0), at.max(axis=0) + 1
    i, j, k = (slice(a - o, b - o) for a, b, o in zip(low, high, box.start, strict=True))
    return np.ascontiguousarray(masks[:, i, j, k]), _box(low, high)
