"""From scaled images to N masks: the reverse bridge as a MONAI inferer, and where its randomness comes from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from monai.inferers import Inferer
from torch import Tensor

from ssb.bridge import BridgeScheduler
from ssb.errors import InputError
from ssb.network import BridgeNetwork
from ssb.precision import autocast


def steps_of(nfe: int, guidance: float) -> int:
    """Steps of the path that `nfe` network function evaluations allow: guidance costs two evaluations a step."""
    if not guidance:
        return nfe
    if nfe < 2:
        raise InputError(f"The option nfe is {nfe}, but with guidance {guidance} it must be at least 2: each step takes two evaluations.")
    return nfe // 2


@dataclass(frozen=True)
class Draws:
    """The random numbers of some samples of a seed.

    Sample n is a function of seed and n alone: more samples of the same seed begin with the same ones. All slices of a sample share
    its rank and its noise, which is what makes it one object rather than a stack; both are our choice.

    ranks: (N,) in [0, 1]. noise: (N, steps - 1, side, side) standard normal; the last step adds none.
    """

    ranks: Tensor
    noise: Tensor

    @classmethod
    def of_seed(cls, seed: int, steps: int, side: int, count: int, first: int = 0) -> Draws:
        """Samples `first` .. `first + count - 1` of a seed.

        Ranks are van der Corput's sequence in base 2 (Niederreiter 1992, section 3.1), turned by an offset of the seed (Cranley and
        Patterson 1976): the first 2^m samples are spread evenly over the raters.
        """
        offset = np.random.default_rng(seed).random()
        numbers = range(first, first + count)
        ranks = torch.tensor([(_van_der_corput(n) + offset) % 1.0 for n in numbers], dtype=torch.float32)
        return cls(ranks, torch.stack([_noise(seed, n, steps, side) for n in numbers]))

    def subset(self, members: np.ndarray) -> Draws:
        """Those of the samples where `members` (N,) bool is true."""
        chosen = torch.from_numpy(members)
        return Draws(self.ranks[chosen], self.noise[chosen])


def _van_der_corput(n: int) -> float:
    digits = f"{n:b}"
    return sum(int(digit) / 2 ** (len(digits) - place) for place, digit in enumerate(digits))


def _noise(seed: int, n: int, steps: int, side: int) -> Tensor:
    state = int(np.random.SeedSequence((seed, n)).generate_state(1, np.uint64)[0] >> np.uint64(1))
    return torch.randn(steps - 1, side, side, generator=torch.Generator().manual_seed(state))


class BridgeSampler(Inferer):
    """The reverse bridge: image to N masks, the image's features computed once.

    scheduler: the bridge the network was trained with. steps: of the path, one network evaluation each, two with guidance.
    guidance: weight w of classifier-free guidance, logits = told + w (told - untold) (Ho and Salimans, arXiv 2207.12598, equation 6);
        the condition is the rank, see `ssb.network`; our choice.
    """

    def __init__(self, scheduler: BridgeScheduler, steps: int, guidance: float = 0.0) -> None:
        self.scheduler, self.guidance = scheduler, guidance
        scheduler.set_timesteps(steps)

    @torch.inference_mode()
    def __call__(  # type: ignore[override]
        self, inputs: Tensor, network: BridgeNetwork, ranks: Tensor, noise: Tensor, belief: Tensor | None = None
    ) -> Tensor:
        """Probability of the mask at the end of each path, (N, H, W) float32 on the CPU; the mask is where it exceeds one half.

        inputs: one image (1, 1, H, W) in [-1, 1]. ranks: (N,). noise: (N, steps - 1, H, W).
        belief: (N, H, W), what is known of each mask beside the image, added to the logits of every step; none by default.
        """
        device, samples = inputs.device, len(ranks)
        ranks, noise = ranks.to(device), noise.to(device)
        known = torch.zeros(()) if belief is None else belief[:, None]
        known = known.to(device)
        with autocast(device):
            features = [f.expand(samples, *f.shape[1:]) for f in network.encode(inputs)]
            point = inputs.expand(samples, *inputs.shape[1:])
            times = self.scheduler.timesteps.tolist()
            for step, (now, following) in enumerate(pairwise(times)):
                probability = (self._logits(network, point, features, now, ranks).float() + known).sigmoid()
                if following:
                    point = self.scheduler.step(2 * probability - 1, now, point, following, noise[:, step, None])
        return probability[:, 0].cpu()

    def _logits(self, network: BridgeNetwork, point: Tensor, features: list[Tensor], now: int, ranks: Tensor) -> Tensor:
        time = torch.full_like(ranks, now / self.scheduler.num_train_timesteps)
        told = network(point, features, time, ranks)
        if not self.guidance:
            return told
        untold = network(point, features, time, torch.full_like(ranks, float("nan")))
        return told + self.guidance * (told - untold)
