"""Where the randomness of samples comes from: a rank, a threshold and noise for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from ssb.seeds import sample_generators


@dataclass(frozen=True)
class Draws:
    """The random numbers of some samples of a seed, or of their candidates (`ssb.representatives`), which then are meant by samples here.

    Sample n is a function of seed and n alone: more samples of the same seed begin with the same ones. All slices of a sample share
    its rank, its threshold and its noise, which is what makes it one object rather than a stack; both are our choice.

    numbers: (N,) int64, n of each. ranks: (N,) in [0, 1]. thresholds: (N,) in [0, 1), see `ssb.thresholds`. noise: (N, planes, side, side)
    standard normal: one plane a step but the last, which adds none, and as many more where masks are drawn between steps.
    """

    numbers: Tensor
    ranks: Tensor
    thresholds: Tensor
    noise: Tensor

    @classmethod
    def of_seed(cls, seed: int, planes: int, side: int, count: int, first: int = 0) -> Draws:
        """Samples `first` .. `first + count - 1` of a seed.

        Ranks and thresholds are Halton's sequence in bases 2 and 3 (Niederreiter 1992, section 3.1), turned by an offset of the seed for
        each (Cranley and Patterson 1976): the first 2^m samples are spread evenly over the raters, the first 2^m 3^n over both.
        """
        generator = np.random.default_rng(seed)
        ranks, thresholds = (_turned(range(first, first + count), base, generator.random()) for base in (2, 3))
        generators = sample_generators(seed, count, first)
        noise = torch.stack([torch.randn(planes, side, side, generator=own) for own in generators])
        return cls(torch.arange(first, first + count), ranks, thresholds, noise)

    def subset(self, members: np.ndarray | slice) -> Draws:
        """Those of the samples where `members` (N,) bool is true, or a stretch of them."""
        chosen = members if isinstance(members, slice) else torch.from_numpy(members)
        return Draws(*(getattr(self, one.name)[chosen] for one in fields(self)))

    def middle(self, width: int) -> Draws:
        """The same samples with the noise of the middle `width` pixels of the square."""
        edge = (self.noise.shape[-1] - width) // 2
        inner = slice(edge, edge + width)
        return replace(self, noise=self.noise[:, :, inner, inner])

    @classmethod
    def joined(cls, several: Sequence[Draws]) -> Draws:
        """The samples of several, one after the other."""
        return cls(*(torch.cat([getattr(own, one.name) for own in several]) for one in fields(cls)))


def _turned(numbers: range, base: int, offset: float) -> Tensor:
    return torch.tensor([(_van_der_corput(n, base) + offset) % 1.0 for n in numbers], dtype=torch.float32)


def _van_der_corput(n: int, base: int) -> float:
    value, place = 0.0, 1.0
    while n:
        n, digit = divmod(n, base)
        place /= base
        value += digit * place
    return value
