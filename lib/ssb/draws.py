"""Where the randomness of samples comes from: a rank and noise for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ssb.seeds import sample_generators


@dataclass(frozen=True)
class Draws:
    """The random numbers of some samples of a seed.

    Sample n is a function of seed and n alone: more samples of the same seed begin with the same ones. All slices of a sample share
    its rank and its noise, which is what makes it one object rather than a stack; both are our choice.

    ranks: (N,) in [0, 1]. noise: (N, planes, side, side) standard normal: one plane a step but the last, which adds none, and as many more
    where masks are drawn between steps.
    """

    ranks: Tensor
    noise: Tensor

    @classmethod
    def of_seed(cls, seed: int, planes: int, side: int, count: int, first: int = 0) -> Draws:
        """Samples `first` .. `first + count - 1` of a seed.

        Ranks are van der Corput's sequence in base 2 (Niederreiter 1992, section 3.1), turned by an offset of the seed (Cranley and
        Patterson 1976): the first 2^m samples are spread evenly over the raters.
        """
        offset = np.random.default_rng(seed).random()
        numbers = range(first, first + count)
        ranks = torch.tensor([(_van_der_corput(n) + offset) % 1.0 for n in numbers], dtype=torch.float32)
        generators = sample_generators(seed, count, first)
        return cls(ranks, torch.stack([torch.randn(planes, side, side, generator=generator) for generator in generators]))

    def subset(self, members: np.ndarray) -> Draws:
        """Those of the samples where `members` (N,) bool is true."""
        chosen = torch.from_numpy(members)
        return Draws(self.ranks[chosen], self.noise[chosen])


def _van_der_corput(n: int) -> float:
    digits = f"{n:b}"
    return sum(int(digit) / 2 ** (len(digits) - place) for place, digit in enumerate(digits))
