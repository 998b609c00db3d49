"""From scaled images to N masks: the reverse bridge as a MONAI inferer."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from monai.inferers import Inferer
from monai.utils import unsqueeze_right
from torch import Tensor

from ssb.bridge import BridgeScheduler
from ssb.draws import Draws
from ssb.errors import InputError
from ssb.network import BridgeNetwork
from ssb.precision import autocast
from ssb.prediction import mask_probability
from ssb.presets import Preset
from ssb.symmetries import in_symmetries, own_symmetry, symmetries_of, turned_each
from ssb.thresholds import cut_at, thresholds_of


def steps_of(nfe: int, guidance: float) -> int:
    """Steps of the path that `nfe` network function evaluations allow: guidance costs two evaluations a step."""
    if not guidance:
        return nfe
    if nfe < 2:
        raise InputError(f"The option nfe is {nfe}, but with guidance {guidance} it must be at least 2: each step takes two evaluations.")
    return nfe // 2


MOST_CANDIDATES = 25
"""A sample: those of 50 evaluations where a path takes two. Our choice: 16 are as good already, and all are held in memory."""


def spent(preset: Preset, nfe: int, guidance: float) -> tuple[int, int]:
    """What the evaluations of a sample are spent on: steps of the path, and candidates a sample (`ssb.representatives`).

    Candidates where a checkpoint learnt its path alone, which has no use for more steps; one everywhere else.
    """
    if preset.loss == "path" and not guidance and nfe >= preset.nfe:
        return preset.nfe, min(nfe // preset.nfe, MOST_CANDIDATES)
    return steps_of(nfe, guidance), 1


DEAD = 0.05
"""A predicted mask whose largest probability is below this has died out: its path ends there. Our choice: on 80 validation crops 3 of 1,280
samples would have come to life again, and a fifth of the evaluations is saved; GED16 of 150 is 0.2105, without it 0.2108."""


FIRST_RANKS = 5
"""Every path begins at the image itself, so its first evaluation is a function of the image and the rank alone: it is made at this many
ranks, evenly from 0 to 1, for all samples of an image, and a sample takes the polynomial through them at its own. Our choice: GED16 of 400
validation crops is 0.2105 so and 0.2137 with an evaluation for each sample, S_NCC 0.885 and 0.887; with straight lines 0.2113 and 0.880."""


class BridgeSampler(Inferer):
    """The reverse bridge: image to N masks, the image's features computed once; several images' masks in one batch.

    preset: the bridge, what the network predicts and what guidance drops. nfe: network function evaluations a sample, one a step of the
        path, two with guidance. Where a checkpoint learnt its path alone and they are more than that takes, they are spent on several
        `candidates` a sample, each with the evaluations that it learnt, which take turns at the symmetries of the image: this draws the
        candidates, and `ssb.representatives` chooses the samples.
    guidance: weight w of classifier-free guidance, output = told + w (told - untold) (Ho and Salimans, arXiv 2207.12598, equation 6).
    on_step: called before every step of a batch; what it raises ends the sampling.
    """

    def __init__(self, preset: Preset, nfe: int, guidance: float = 0.0, on_step: Callable[[], None] | None = None) -> None:
        self.preset, self.guidance, self.on_step = preset, guidance, on_step
        self.steps, self.candidates = spent(preset, nfe, guidance)
        self.symmetries = symmetries_of(self.candidates)
        self.scheduler = BridgeScheduler(preset.steps, preset.peak_deviation)
        self.scheduler.set_timesteps(self.steps)

    def draws(self, seed: int, side: int, count: int, first: int = 0) -> Draws:
        """The random numbers that this sampler takes for `count` masks of images `side` pixels square."""
        planes = (self.steps - 1) * (2 if self.preset.draw_masks else 1)
        return Draws.of_seed(seed, planes, side, count, first)

    @torch.inference_mode()
    def __call__(  # type: ignore[override]
        self,
        inputs: Tensor,
        network: BridgeNetwork,
        draws: Draws,
        belief: Tensor | None = None,
        shown: Tensor | None = None,
        encoded: list[Tensor] | None = None,
        begun: Tensor | None = None,
    ) -> Tensor:
        """Probability of the mask at the end of each path, (N, H, W) float32 on the CPU; the mask is where it exceeds one half.

        Where the preset spreads the thresholds, the probability is moved by the sample's own (`ssb.thresholds.cut_at`).
        inputs: images (M, 1, H, W) in [-1, 1], square where they are turned. draws: of N samples, with noise (N, planes, H, W).
        belief: (N, H, W), what is known of each mask beside the image, added to the logits of every step; none by default.
        shown: (N,) which image each mask is of; the first by default. encoded: what `encode` makes of the images, and begun: what `begin`
        makes of them, if known.
        """
        device = inputs.device
        noise = draws.noise.to(device)[:, :, None]
        ranks = draws.ranks.to(device)
        known = None if belief is None else belief[:, None].to(device)
        shown = torch.zeros(len(ranks), dtype=torch.long) if shown is None else shown
        own = own_symmetry(draws.numbers, self.symmetries).to(device)
        shown = shown.to(device) * self.symmetries + own
        if known is not None:
            known = turned_each(known, own)
        ended = torch.empty(len(ranks), *inputs.shape[1:], device=device)
        alive = torch.arange(len(ranks), device=device)
        with autocast(device):
            encoded = self.encode(inputs, network) if encoded is None else encoded
            begun = self.begin(inputs, network, encoded) if begun is None else begun
            point = in_symmetries(inputs, self.symmetries)[shown]
            times = self.scheduler.timesteps
            for step, (now, following) in enumerate(pairwise(times.tolist())):
                if self.on_step is not None:
                    self.on_step()
                if step == 0:
                    output = between(begun[shown], ranks)
                else:
                    output = self._output(network, point, _rows(encoded, shown[alive]), now, ranks[alive]).float()
                deviation = self.scheduler.deviation(times[step]).to(output)
                probability = mask_probability(output, point, deviation, self.preset.target, None if known is None else known[alive])
                ended[alive] = probability
                if following and self.preset.target == "mask":
                    lives = probability.amax(dim=(1, 2, 3)) >= DEAD
                    alive, point, probability = alive[lives], point[lives], probability[lives]
                if not following or not len(alive):
                    break
                mask = probability
                if self.preset.draw_masks:
                    mask = (torch.special.ndtr(noise[alive, self.steps - 1 + step]) < probability).float()
                point = self.scheduler.step(2 * mask - 1, now, point, following, noise[alive, step])
        ended = turned_each(ended, own, back=True)
        if self.preset.threshold_spread:
            ended = cut_at(ended, thresholds_of(draws.thresholds, self.preset.threshold_spread).to(device))
        return ended[:, 0].cpu()

    @torch.inference_mode()
    def encode(self, inputs: Tensor, network: BridgeNetwork) -> list[Tensor]:
        """The features of images (M, 1, H, W) in every symmetry of this sampler, a row each: those of an image one after the other."""
        with autocast(inputs.device):
            return network.encode(in_symmetries(inputs, self.symmetries))

    @torch.inference_mode()
    def begin(self, inputs: Tensor, network: BridgeNetwork, encoded: list[Tensor]) -> Tensor:
        """Output of the first evaluation of images (M, 1, H, W) at `FIRST_RANKS` ranks: (R, FIRST_RANKS, 1, H, W) float32.

        The R rows are those of `encode`. One rank, (R, 1, 1, H, W), where ranks are never told.
        """
        seen = in_symmetries(inputs, self.symmetries)
        ranks = torch.linspace(0, 1, FIRST_RANKS if self.preset.condition == "rank" else 1, device=inputs.device)
        shown = torch.arange(len(seen), device=inputs.device).repeat_interleave(len(ranks))
        start = self.scheduler.num_train_timesteps
        with autocast(inputs.device):
            output = self._output(network, seen[shown], _rows(encoded, shown), start, ranks.repeat(len(seen)))
        return output.float().unflatten(0, (len(seen), len(ranks)))

    def _output(self, network: BridgeNetwork, point: Tensor, features: list[Tensor], now: int, ranks: Tensor) -> Tensor:
        time = torch.full_like(ranks, now / self.scheduler.num_train_timesteps)
        if self.preset.condition == "image":
            ranks = torch.full_like(ranks, float("nan"))
        told = network(point, features, time, ranks)
        if not self.guidance:
            return told
        if self.preset.condition == "image":
            features = [torch.zeros_like(f) for f in features]
        untold = network(point, features, time, torch.full_like(ranks, float("nan")))
        return told + self.guidance * (told - untold)


def between(values: Tensor, ranks: Tensor) -> Tensor:
    """Values (N, K, ...), those at ranks 0, 1 / (K - 1), ..., 1, at ranks (N,), by the polynomial through all K (Lagrange): (N, ...)."""
    nodes = torch.linspace(0, 1, values.shape[1], device=ranks.device)
    others = [torch.cat([nodes[:place], nodes[place + 1 :]]) for place in range(len(nodes))]
    weights = torch.stack([((ranks[:, None] - o) / (node - o)).prod(dim=1) for node, o in zip(nodes, others, strict=True)], dim=1)
    return (unsqueeze_right(weights, values.ndim) * values).sum(dim=1)


def _rows(encoded: list[Tensor], shown: Tensor) -> list[Tensor]:
    """The features of the image of each mask; a view where there is one image."""
    return [f.expand(len(shown), *f.shape[1:]) if len(f) == 1 else f[shown] for f in encoded]
