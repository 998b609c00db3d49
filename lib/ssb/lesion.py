"""One click to N three-dimensional masks: they are drawn in batches, and those that agree with the points are kept.

Where a sample has several candidates (`ssb.sampling.spent`), these are what is drawn and kept, and the samples are chosen from them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from ssb.boxes import Part, tight, union
from ssb.checkpoint import Model
from ssb.errors import InputError
from ssb.geometry import Region
from ssb.growing import Growth, Progress
from ssb.known import INSIDE, OUTSIDE, Known
from ssb.plausible import Box, Request, SampleSet
from ssb.representatives import representatives
from ssb.sampling import BridgeSampler
from ssb.slices import View
from ssb.volumes.volume import Volume

Early = Callable[[SampleSet], None]

FIRST = 4
"""Samples that a listener is told of first. The first 2^m masks of a seed are spread evenly over the raters (see `ssb.draws.Draws`), so
what is known early is not lopsided. Our choice: with 4, "more than half" means 3."""

MOST = 16
"""Masks that are drawn at once, and samples after which a listener is told again: larger batches take no less time a mask, and more memory.
Our choice."""

# Where clicks exclude masks, at most this many times the wanted number are drawn. Our choice.
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
        return SampleSet(*tight(masks, box, request.point), volume.shape, volume.affine, request, model.name, volume.name, notes, seconds)

    def early(candidates: list[Part], samples: int, each: int) -> None:
        if on_early is not None:
            so_far, box = union(candidates)
            masks = _chosen(so_far[known.agrees(so_far, box)], samples, each)
            if len(masks):
                on_early(result(masks, box))

    masks, box, drawn = _drawn(region, known, request, model, progress, early)
    if not len(masks):
        raise InputError(f"None of the {drawn} masks drawn agrees with the inside and outside points: move or remove a point.")
    return result(masks, box, tuple(_notes(model, request, len(masks), drawn, fixed)))


def _notes(model: Model, request: Request, found: int, drawn: int, fixed: np.ndarray | None) -> Iterator[str]:
    """What a reader should know of a set of `found` samples."""
    preset = model.preset
    if preset.loss == "path" and (request.nfe < preset.nfe or request.guidance):
        made = f"The checkpoint {model.name} is made for {preset.nfe} evaluations or more without guidance"
        yield f"{made}: other options make its masks less true."
    if found < request.samples:
        yield f"Only {found} of the {request.samples} samples asked agree with the points, after {drawn} draws."
    if fixed is not None:
        inside, outside = (int((fixed == value).sum()) for value in (INSIDE, OUTSIDE))
        yield f"A correction fixes {inside} voxels inside and {outside} outside of the lesion in every sample."


def early_counts(samples: int) -> list[int]:
    """How many of the samples are there when a listener is told: FIRST, MOST, and MOST more each time, but not all."""
    return [count for count in (FIRST, *range(MOST, samples, MOST)) if count < samples]


def batches(samples: int, each: int) -> list[slice]:
    """The batches in which `each` candidates a sample are drawn, in order: MOST at a time, and one ends at each of `early_counts`."""
    edges = [0]
    for count in (*early_counts(samples), samples):
        edges += [*range(edges[-1] + MOST, count * each, MOST), count * each]
    return [slice(start, stop) for start, stop in pairwise(edges)]


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
    region: Region, known: Known, request: Request, model: Model, progress: _Told, early: Callable[[list[Part], int, int], None]
) -> tuple[np.ndarray, Box, int]:
    """The samples that agree with what is known, the box that they lie in, and how many masks were drawn for them."""
    sampler = BridgeSampler(model.preset, request.nfe, request.guidance, progress.again)
    each = sampler.candidates
    wanted = each * request.samples
    kept: list[Part] = []
    views: dict[int, View] = {}
    drawn, most, reached = 0, MOST_DRAWS * wanted, 0.0
    while (missing := wanted - sum(len(masks) for masks, _ in kept)) and drawn < most:
        count = min(wanted if known.has_points else missing, most - drawn)
        draws = sampler.draws(request.seed, model.preset.window, count, first=drawn)
        loudness = float(2 ** (len(kept) - 1)) if kept else 0.0
        parts: list[Part] = []
        told = [] if drawn else [each * early_count for early_count in early_counts(request.samples)]
        for batch in batches(count, 1) if drawn else batches(request.samples, each):
            some = draws.subset(batch)
            growth = Growth(model, region, some, sampler, _within(progress, reached, batch, count, known), known, loudness, views)
            growth.run()
            parts.append(tight(*known.fix(*region.put_back(*growth.masks())), request.point))
            if batch.stop in told:
                early(parts, batch.stop // each, each)
        own, box = union(parts)
        kept.append((own[known.agrees(own, box)][:missing], box))
        drawn += count
        # How many draws the points will take is not known: either enough masks agree, or the limit is reached.
        reached = max(sum(len(masks) for masks, _ in kept) / wanted, drawn / most)
        progress(reached)
    masks, box = union(kept)
    return _chosen(masks, request.samples, each), box, drawn


def _chosen(candidates: np.ndarray, samples: int, each: int) -> np.ndarray:
    """At most `samples` of the candidates, all where they are fewer."""
    return candidates[representatives(candidates, min(samples, len(candidates)), each)]


def _within(progress: Progress, reached: float, batch: slice, count: int, known: Known) -> Progress:
    """The progress of one batch; where masks may be dropped it only says that sampling goes on, from the share that is `reached`."""
    if known.has_points:
        return lambda share: progress(reached)
    return lambda share: progress((batch.start + share * (batch.stop - batch.start)) / count)
