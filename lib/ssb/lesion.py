"""One click to N three-dimensional masks: samples are drawn in batches, and those that agree with the points are kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from ssb.checkpoint import Model
from ssb.errors import InputError
from ssb.geometry import Region
from ssb.growing import Growth, Progress
from ssb.known import INSIDE, OUTSIDE, Known
from ssb.plausible import Box, Request, SampleSet
from ssb.sampling import BridgeSampler
from ssb.slices import View
from ssb.symmetries import COUNTS
from ssb.volumes.volume import Volume

Early = Callable[[SampleSet], None]

FIRST = 4
"""Samples of the first batch of a request. The first 2^m samples of a seed are spread evenly over the raters (see `ssb.draws.Draws`), so
what is known early is not lopsided. Our choice: with 4, "more than half" means 3."""

MOST = 16
"""After the second batch there are so many samples, and each further batch draws as many: larger ones take no less time a sample. Our
choice."""

# Where clicks exclude masks, at most this many times the asked number are drawn. Our choice.
MOST_DRAWS = 4


def sample_lesion(
    volume: Volume,
    request: Request,
    model: Model,
    on_progress: Progress | None = None,
    fixed: np.ndarray | None = None,
    on_early: Early | None = None,
) -> SampleSet:
    """The sample set of one click.

    on_progress: called again and again with the done share in [0, 1], never a smaller one; what it raises ends the sampling. fixed:
    (I, J, K) int8, a correction whose voxels stay as they are in every mask, 1 inside and -1 outside of the lesion, while the rest, 0, is
    sampled again. on_early: called with the samples so far as a set of their own, after 4, 16, 32, ... of them but not the last; the masks
    do not depend on whether somebody listens.

    Masks that agree with the points are kept. Of the first draws, which know nothing of the points, these are the samples that a reader
    who agrees would see anyway; later draws are told the points (`ssb.known`), louder every time.
    Raises InputError for points outside the image, for raters that the model does not know, for a correction that `Known` refuses,
    and where no mask of `MOST_DRAWS` times the asked number agrees.
    """
    started = time.monotonic()
    model = model.of_raters(request.raters)
    progress = _Told(on_progress or (lambda share: None))
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
    learnt = [times * preset.nfe for times in COUNTS]
    if preset.loss == "path" and (request.nfe not in learnt or request.guidance):
        several = f"{', '.join(map(str, learnt[:-1]))} and {learnt[-1]}"
        made = f"The checkpoint {model.name} is made for {several} evaluations without guidance alone"
        yield f"{made}: other options make its masks less true."
    if found < request.samples:
        yield f"Only {found} of the {request.samples} samples asked agree with the points, after {drawn} draws."
    if fixed is not None:
        inside, outside = (int((fixed == value).sum()) for value in (INSIDE, OUTSIDE))
        yield f"A correction fixes {inside} voxels inside and {outside} outside of the lesion in every sample."


def batches(count: int) -> list[slice]:
    """The batches in which `count` samples are drawn, in order: FIRST of them, then up to MOST, then MOST at a time."""
    starts = [start for start in (0, FIRST, *range(MOST, count, MOST)) if start < count]
    return [slice(start, stop) for start, stop in pairwise([*starts, count])]


class _Told:
    """The done share, told on, and told again where a step says no more than that the sampling goes on."""

    def __init__(self, listener: Progress) -> None:
        self._listener, self._share = listener, 0.0

    def __call__(self, share: float) -> None:
        self._share = share
        self._listener(share)

    def again(self) -> None:
        self._listener(self._share)


def _drawn(
    region: Region, known: Known, request: Request, model: Model, progress: _Told, early: Callable[[np.ndarray, Box], None]
) -> tuple[list[tuple[np.ndarray, Box]], int]:
    """The masks that agree with what is known, in parts with their boxes, and how many were drawn for them."""
    sampler = BridgeSampler(model.preset, request.nfe, request.guidance, progress.again)
    kept: list[tuple[np.ndarray, Box]] = []
    views: dict[int, View] = {}
    drawn, most, reached = 0, MOST_DRAWS * request.samples, 0.0
    while (missing := request.samples - sum(len(masks) for masks, _ in kept)) and drawn < most:
        count = min(request.samples if known.has_points else missing, most - drawn)
        draws = sampler.draws(request.seed, model.preset.window, count, first=drawn)
        loudness = float(2 ** (len(kept) - 1)) if kept else 0.0
        parts: list[tuple[np.ndarray, Box]] = []
        for batch in batches(count) if not drawn else [slice(0, count)]:
            some = draws.subset(batch)
            growth = Growth(model, region, some, sampler, _within(progress, reached, batch, count, known), known, loudness, views)
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
