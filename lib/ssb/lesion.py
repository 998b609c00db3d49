"""One click to N three-dimensional masks: slices are sampled outwards from the clicked one for as long as a sample goes on.

Samples of one seed share rank and noise over their slices (see `ssb.sampling`). On the clicked slice a sample keeps the part nearest to
the click; on the next slices, where the slice before has a say in doubtful pixels, it keeps the parts that touch it (within one
pixel), and it ends where none does. A sample that is empty on the clicked slice may start on one neighbouring slice, since raters
often disagree about a lesion's first slice. All our choice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ssb.checkpoint import Model
from ssb.errors import InputError
from ssb.geometry import Region
from ssb.known import INSIDE, OUTSIDE, Known
from ssb.next_slice import belief_from, nearest_part, touching_parts
from ssb.plausible import Box, Request, SampleSet
from ssb.sampling import BridgeSampler, Draws
from ssb.slices import Asked, View, window_masks
from ssb.volumes.volume import Volume

Progress = Callable[[float], None]
Early = Callable[[SampleSet], None]

FIRST = 4
"""Samples of the first batch of a request; each further batch makes four times as many of them. The first 2^m samples of a seed are spread
evenly over the raters (see `ssb.sampling.Draws`), so what is known early is not lopsided. Our choice: with 4, "more than half" means 3."""

WAYS = (-1, 1)
"""To the feet and to the head: the slices of both are sampled in one batch."""

AHEAD = 4
"""Slices of each way that the network looks at in one batch before it draws their masks, two at first: larger batches cost less a slice,
and what a small lesion does not need is lost. Our choice."""

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
    known: Known
    loudness: float
    views: dict[int, View]
    planes: dict[int, np.ndarray] = field(default_factory=dict)

    def sample(self, wanted: list[tuple[int, np.ndarray, np.ndarray | None]]) -> list[np.ndarray]:
        """Masks (N, W, W) of some slices at once, each wanted as (k, members, neighbours).

        Samples that are not `members` (N,) bool stay empty. neighbours: (N, W, W), those of the slice before, None where there is none.
        """
        side = self.region.preset.window
        masks = [np.zeros((len(members), side, side), dtype=bool) for _, members, _ in wanted]
        asked: dict[int, Asked] = {}
        for number, (k, members, neighbours) in enumerate(wanted):
            if 0 <= k < self.region.slices and members.any():
                belief = None if neighbours is None else belief_from(neighbours[members], self.model.preset)
                asked[number] = Asked(self.view(k), self.draws.subset(members), belief, self.known.told(k, self.loudness))
        for number, found in zip(asked, window_masks(self.model, list(asked.values()), self.sampler), strict=True):
            masks[number][wanted[number][1]] = found
        return masks

    def view(self, k: int) -> View:
        """Slice k, the same for all batches of a request."""
        if k not in self.views:
            self.views[k] = View(self.region.window(k))
        return self.views[k]

    def look(self, slices: Iterable[int]) -> None:
        """Let the network look at the regions of some slices in one batch, those of them that the image has."""
        there = [self.view(k) for k in slices if 0 <= k < self.region.slices]
        View.look(there, self.region.preset.region, self.model, self.sampler)

    def run(self) -> None:
        middle = self.region.click[2]
        self.look(range(middle - 1, middle + 2))
        everyone = np.ones(len(self.draws.ranks), dtype=bool)
        drawn = self.known.drawn(middle)
        (first,) = self.sample([(middle, everyone, None)])
        clicked = np.stack([nearest_part(mask) for mask in first]) | touching_parts(first, np.broadcast_to(drawn, first.shape)) | drawn
        self.planes[middle] = clicked
        late = ~clicked.any(axis=(1, 2))
        beside = self.sample([(middle + way, late, None) for way in WAYS])
        sides = {way: np.stack([nearest_part(mask) for mask in found]) for way, found in zip(WAYS, beside, strict=True)}
        larger = np.where(sides[1].sum(axis=(1, 2)) >= sides[-1].sum(axis=(1, 2)), 1, -1)
        self._grow({way: sides[way] & (late & (larger == way))[:, None, None] for way in WAYS})

    def _grow(self, late_start: dict[int, np.ndarray]) -> None:
        """Grow both ways, slice after slice, and tell after each the share of samples and ways that have ended there."""
        middle = self.region.click[2]
        before = dict.fromkeys(WAYS, self.planes[middle])
        farthest = int(self.region.preset.extent_mm / self.region.spacing[2])
        for distance in range(1, farthest + 1):
            if distance == AHEAD // 2 or distance % AHEAD == 0:
                next_ones = range(distance, min(distance + min(distance, AHEAD), farthest + 1))
                self.look(middle + way * one for way in before for one in next_ones)
            places = {way: middle + way * distance for way in before}
            drawn = {way: self.known.drawn(k) for way, k in places.items()}
            found = self.sample([(k, before[way].any(axis=(1, 2)) | drawn[way].any(), before[way]) for way, k in places.items()])
            for (way, k), masks in zip(places.items(), found, strict=True):
                current = touching_parts(masks, before[way] | drawn[way]) | drawn[way]
                if distance == 1:
                    current |= late_start[way]
                if current.any() or self.known.drawn_beyond(k, way):
                    self.planes[k] = before[way] = current
                else:
                    del before[way]
            if not before:
                break
            self.progress(1 - sum(float(one.any(axis=(1, 2)).mean()) for one in before.values()) / len(WAYS))
        self.progress(1.0)

    def masks(self) -> tuple[np.ndarray, int]:
        """(N, S, W, W) over the slices that were reached, and the first of them."""
        ks = sorted(self.planes)
        return np.stack([self.planes[k] for k in ks], axis=1), ks[0]


def sample_lesion(
    volume: Volume,
    request: Request,
    model: Model,
    on_progress: Progress | None = None,
    fixed: np.ndarray | None = None,
    on_early: Early | None = None,
) -> SampleSet:
    """The sample set of one click.

    on_progress: called after every slice with the done share in [0, 1], never a smaller one; what it raises ends the sampling. fixed:
    (I, J, K) int8, a correction whose voxels stay as they are in every mask, 1 inside and -1 outside of the lesion, while the rest, 0, is
    sampled again. on_early: called with the samples so far as a set of their own, after 4, 16, 64, ... of them but not the last; the masks
    do not depend on whether somebody listens.

    Masks that agree with the points are kept. Of the first draws, which know nothing of the points, these are the samples that a reader
    who agrees would see anyway; later draws are told the points (`ssb.known`), louder every time.
    Raises InputError for points outside the image, for raters that the model does not know, for a correction that `Known` refuses,
    and where no mask of `MOST_DRAWS` times the asked number agrees.
    """
    started = time.monotonic()
    model = model.of_raters(request.raters)
    progress = on_progress or (lambda share: None)
    for point in (request.point, *request.inside, *request.outside):
        volume.check_index(point)
    region = Region(volume, request.point, model.preset)
    known = Known(region, request.inside, request.outside, fixed)

    def result(masks: np.ndarray, box: Box, notes: tuple[str, ...] = ()) -> SampleSet:
        seconds = time.monotonic() - started
        return SampleSet(*_tight(masks, box, request), volume.shape, volume.affine, request, model.name, volume.name, notes, seconds)

    def early(masks: np.ndarray, box: Box) -> None:
        if on_early is not None and len(masks):
            on_early(result(masks, box))

    kept, drawn = _drawn(region, known, request, model, progress, early)
    masks, box = _union(kept)
    if not len(masks):
        raise InputError(f"None of the {drawn} masks drawn agrees with the inside and outside points: move or remove a point.")
    return result(masks, box, tuple(_notes(model, request, len(masks), drawn, fixed)))


def _notes(model: Model, request: Request, found: int, drawn: int, fixed: np.ndarray | None) -> Iterator[str]:
    """What a reader should know of a set of `found` samples."""
    preset = model.preset
    if preset.loss == "path" and (request.nfe, request.guidance) != (preset.nfe, preset.guidance):
        learnt = f"The checkpoint {model.name} learnt its path of {preset.nfe} evaluations alone"
        yield f"{learnt}: other options make its masks less true."
    if found < request.samples:
        yield f"Only {found} of the {request.samples} samples asked agree with the points, after {drawn} draws."
    if fixed is not None:
        inside, outside = (int((fixed == value).sum()) for value in (INSIDE, OUTSIDE))
        yield f"A correction fixes {inside} voxels inside and {outside} outside of the lesion in every sample."


def batches(count: int) -> list[slice]:
    """The batches in which `count` samples are drawn, in order: FIRST of them, up to four times as many, and so on."""
    stops = [FIRST]
    while stops[-1] < count:
        stops.append(4 * stops[-1])
    return [slice(start, min(stop, count)) for start, stop in zip([0, *stops], stops, strict=False)]


def _drawn(
    region: Region, known: Known, request: Request, model: Model, progress: Progress, early: Callable[[np.ndarray, Box], None]
) -> tuple[list[tuple[np.ndarray, Box]], int]:
    """The masks that agree with what is known, in parts with their boxes, and how many were drawn for them."""
    sampler = BridgeSampler(model.preset, request.nfe, request.guidance)
    kept: list[tuple[np.ndarray, Box]] = []
    views: dict[int, View] = {}
    drawn, most, reached = 0, MOST_DRAWS * request.samples, 0.0
    while (missing := request.samples - sum(len(masks) for masks, _ in kept)) and drawn < most:
        count = min(request.samples if known.has_points else missing, most - drawn)
        draws = sampler.draws(request.seed, model.preset.window, count, first=drawn)
        loudness = float(2 ** (len(kept) - 1)) if kept else 0.0
        parts: list[tuple[np.ndarray, Box]] = []
        for batch in batches(count) if not drawn else [slice(0, count)]:
            some = Draws(draws.ranks[batch], draws.noise[batch])
            growth = _Growth(model, region, some, sampler, _within(progress, reached, batch, count, known), known, loudness, views)
            growth.run()
            parts.append(known.fix(*region.put_back(*growth.masks())))
            if batch.stop < count:
                so_far, box = _union(parts)
                early(so_far[known.agrees(so_far, box)], box)
        own, box = _union(parts)
        kept.append((own[known.agrees(own, box)][:missing], box))
        drawn += count
        # How many draws the points will take is not known: either enough masks agree, or the limit is reached.
        reached = max(sum(len(masks) for masks, _ in kept) / request.samples, drawn / most)
        progress(reached)
    return kept, drawn


def _within(progress: Progress, reached: float, batch: slice, count: int, known: Known) -> Progress:
    """The progress of one batch; where masks may be dropped it only says that sampling goes on, from the share that is `reached`."""
    if known.has_points:
        return lambda share: progress(reached)
    return lambda share: progress((batch.start + share * (batch.stop - batch.start)) / count)


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
