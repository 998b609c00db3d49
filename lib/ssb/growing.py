"""Masks of some samples that grow from the clicked slice outwards, for as long as a sample goes on.

Samples of one seed share rank and noise over their slices (see `ssb.draws`). On the clicked slice a sample keeps the part nearest to
the click; on the next slices, where the slice before has a say in doubtful pixels, it keeps the parts that touch it (within one
pixel), and it ends where none does. A sample that is empty on the clicked slice may start on one neighbouring slice, since raters
often disagree about a lesion's first slice. All our choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from ssb.checkpoint import Model
from ssb.draws import Draws
from ssb.geometry import Region
from ssb.known import Known
from ssb.next_slice import belief_from, nearest_part, touching_parts
from ssb.sampling import BridgeSampler
from ssb.slices import Asked, View, window_masks

Progress = Callable[[float], None]

WAYS = (-1, 1)
"""To the feet and to the head: the slices of both are sampled in one batch."""

AHEAD = 4
"""Slices of each way that the network looks at in one batch before it draws their masks, two at first: larger batches cost less a slice,
and what a small lesion does not need is lost. Our choice."""


@dataclass
class Growth:
    """The masks of some samples, slice by slice, as they grow: planes[k] is (N, W, W) bool.

    loudness: of what is known, see `ssb.known`. views: the slices that were looked at, shared by the batches of a request. progress:
    called after every slice with the done share of this batch; what it raises ends the sampling.
    """

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
