"""The masks of one slice: sampled in the region, or in the whole window where that is too small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ssb.checkpoint import Model
from ssb.draws import Draws
from ssb.sampling import BridgeSampler

ASKED = 1.0
"""Logits from which on the reader is taken to ask for a pixel (our choice)."""


class View:
    """One scaled window (W, W), and what the network makes of it without any mask: once for all samples and batches of a request."""

    def __init__(self, window: np.ndarray) -> None:
        self.window = window
        self._seen: dict[tuple[int, float], tuple[list[Tensor], Tensor]] = {}

    def image(self, width: int) -> Tensor:
        """The middle `width` pixels, (1, 1, width, width)."""
        middle = _middle(len(self.window), width)
        return torch.from_numpy(np.ascontiguousarray(self.window[middle, middle]))[None, None]

    @staticmethod
    @torch.inference_mode()
    def look(views: Sequence[View], width: int, model: Model, sampler: BridgeSampler) -> None:
        """Features of the middle of several windows, and the first evaluation there (`BridgeSampler.begin`), in one batch.

        Windows that were looked at before are left out.
        """
        key = (width, sampler.guidance)
        unseen = [one for one in dict.fromkeys(views) if key not in one._seen]
        if unseen:
            images = torch.cat([one.image(width) for one in unseen]).to(model.device)
            levels = sampler.encode(images, model.network)
            begun = sampler.begin(images, model.network, levels)
            rows = len(begun) // len(unseen)
            for one, *features, first in zip(unseen, *(level.split(rows) for level in levels), begun.split(rows), strict=True):
                one._seen[key] = features, first

    @staticmethod
    @torch.inference_mode()
    def seen(views: Sequence[View], width: int, model: Model, sampler: BridgeSampler) -> tuple[list[Tensor], Tensor]:
        """What `look` finds in several windows, a row for each symmetry of the sampler in each."""
        View.look(views, width, model, sampler)
        features, firsts = zip(*(one._seen[width, sampler.guidance] for one in views), strict=True)
        return [torch.cat(rows) if len(rows) > 1 else rows[0] for rows in zip(*features, strict=True)], torch.cat(firsts)


@dataclass(frozen=True)
class Asked:
    """Masks that are wanted of one window.

    belief: (N, W, W) logits from the neighbouring slice, see `ssb.next_slice`. told: (W, W) logits from the reader, see `ssb.known`.
    """

    view: View
    draws: Draws
    belief: np.ndarray | None = None
    told: np.ndarray | None = None

    def known(self) -> np.ndarray | None:
        """(N, W, W), all that is known beside the image."""
        if self.told is None:
            return self.belief
        everyone = np.broadcast_to(self.told, (len(self.draws.ranks), *self.told.shape))
        return everyone if self.belief is None else self.belief + everyone


def window_masks(model: Model, asked: Sequence[Asked], sampler: BridgeSampler) -> list[np.ndarray]:
    """Masks (N, W, W) bool of each of some windows, sampled in one batch.

    The middle `preset.region` pixels are sampled; samples whose mask reaches their edge are sampled again in the whole window, as all are
    where the reader asks for pixels beyond the middle.
    """
    sides = [len(one.view.window) for one in asked]
    masks = [np.zeros((len(one.draws.ranks), side, side), dtype=bool) for one, side in zip(asked, sides, strict=True)]
    members = [np.ones(len(own), dtype=bool) for own in masks]
    wide = [one.told is not None and _beyond(one.told, model.preset.region) for one in asked]
    for whole in (False, True):
        now = [n for n in range(len(asked)) if members[n].any() and (whole or not wide[n])]
        if not now:
            continue
        width = sides[now[0]] if whole else model.preset.region
        found = _sampled(model, [asked[n] for n in now], [members[n] for n in now], width, sampler)
        for n, own in zip(now, found, strict=True):
            middle = _middle(sides[n], width)
            masks[n][members[n]] = False
            masks[n][members[n], middle, middle] = own
            members[n][members[n]] = reaches_edge(own)
    return masks


def _sampled(model: Model, asked: list[Asked], members: list[np.ndarray], width: int, sampler: BridgeSampler) -> list[np.ndarray]:
    """The masks (n, width, width) of the `members` of each, in the middle of the windows."""
    middle = _middle(len(asked[0].view.window), width)
    draws = [one.draws.subset(some).middle(width) for one, some in zip(asked, members, strict=True)]
    counts = [len(own.ranks) for own in draws]
    everything = [one.known() for one in asked]
    belief = None
    if any(known is not None for known in everything):
        parts = [
            np.zeros((count, width, width), dtype=np.float32) if known is None else known[some][:, middle, middle]
            for known, some, count in zip(everything, members, counts, strict=True)
        ]
        belief = torch.from_numpy(np.concatenate(parts))
    views = [one.view for one in asked]
    found = sampler(
        torch.cat([view.image(width) for view in views]).to(model.device),
        model.network,
        Draws.joined(draws),
        belief,
        torch.repeat_interleave(torch.arange(len(asked)), torch.tensor(counts)),
        *View.seen(views, width, model, sampler),
    )
    return np.split(found.numpy() > 0.5, np.cumsum(counts)[:-1])


def _middle(side: int, width: int) -> slice:
    edge = (side - width) // 2
    return slice(edge, side - edge)


def _beyond(told: np.ndarray, region: int) -> bool:
    """Whether a pixel outside the middle `region` pixels is asked for."""
    middle = _middle(len(told), region)
    outer = np.ones(told.shape, dtype=bool)
    outer[middle, middle] = False
    return bool((told[outer] >= ASKED).any())


def reaches_edge(masks: np.ndarray) -> np.ndarray:
    """(N,) bool: the masks (N, W, W) that cover a pixel of the outermost row or column."""
    return masks[:, [0, -1]].any(axis=(1, 2)) | masks[:, :, [0, -1]].any(axis=(1, 2))
