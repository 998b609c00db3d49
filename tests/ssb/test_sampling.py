from dataclasses import replace

import pytest
import torch

from ssb.checkpoint import Model
from ssb.draws import Draws
from ssb.errors import InputError
from ssb.presets import PRESETS, Preset
from ssb.sampling import FIRST_RANKS, BridgeSampler, between, spent, steps_of
from ssb.symmetries import own_symmetry, symmetries_of, turned_each


def probability(
    model: Model, nfe: int = 8, guidance: float = 0.0, seed: int = 0, count: int = 4, preset: Preset | None = None
) -> torch.Tensor:
    image = torch.full((1, 1, 32, 32), -1.0)
    image[..., 10:22, 10:22] = 0.5
    sampler = BridgeSampler(preset or model.preset, nfe, guidance)
    draws = sampler.draws(seed, 32, count)
    return sampler(image, model.network, draws)


def at_ranks(ranks: torch.Tensor, planes: int, side: int) -> Draws:
    return Draws(torch.arange(len(ranks)), ranks, torch.full_like(ranks, 0.5), torch.zeros(len(ranks), planes, side, side))


def test_probabilities_have_one_mask_a_sample(model: Model) -> None:
    found = probability(model)
    assert found.shape == (4, 32, 32)
    assert 0.0 <= float(found.min()) <= float(found.max()) <= 1.0


def test_same_seed_same_masks_other_seed_other_masks(model: Model) -> None:
    assert torch.equal(probability(model, seed=3), probability(model, seed=3))
    assert not torch.equal(probability(model, seed=3), probability(model, seed=4))


def test_samples_of_one_seed_differ(model: Model) -> None:
    found = probability(model)
    assert not torch.equal(found[0], found[1])


def test_guidance_changes_the_masks(model: Model) -> None:
    assert not torch.equal(probability(model, guidance=0.0), probability(model, guidance=2.0))


@pytest.mark.parametrize(
    ("nfe", "guidance", "found"),
    [(1, 0, (1, 1)), (2, 0, (2, 1)), (3, 0, (2, 1)), (4, 0, (2, 2)), (9, 0, (2, 4)), (50, 0, (2, 25)), (100, 0, (2, 25)), (8, 1, (4, 1))],
)
def test_more_evaluations_than_a_learnt_path_takes_are_candidates(model: Model, nfe: int, guidance: float, found: tuple[int, int]) -> None:
    learnt = replace(model.preset, loss="path", nfe=2)
    assert spent(learnt, nfe, guidance) == found
    assert spent(model.preset, nfe, guidance) == (steps_of(nfe, guidance), 1)
    sampler = BridgeSampler(learnt, nfe, guidance)
    assert (sampler.steps, sampler.candidates, sampler.symmetries) == (*found, symmetries_of(found[1]))


def test_candidates_take_turns_at_the_symmetries_of_their_images(model: Model) -> None:
    learnt = replace(model.preset, loss="path", nfe=1)
    generator = torch.Generator().manual_seed(0)
    images, belief = (torch.rand(count, 1, 32, 32, generator=generator) * 2 - 1 for count in (2, 10))
    draws, shown = at_ranks(torch.linspace(0, 1, 10), 0, 32), torch.arange(10) % 2
    found = BridgeSampler(learnt, 8)(images, model.network, draws, belief[:, 0], shown)
    own = own_symmetry(draws.numbers, 8)
    for n in range(10):
        turned = [turned_each(of[None], own[n : n + 1]) for of in (images[shown[n]], belief[n])]
        alone = BridgeSampler(learnt, 1)(turned[0], model.network, draws.subset(slice(n, n + 1)), turned[1][0])
        torch.testing.assert_close(found[n], turned_each(alone[None], own[n : n + 1], back=True)[0, 0], atol=1e-4, rtol=0)
        straight = BridgeSampler(learnt, 1)(images[shown[n]][None], model.network, draws.subset(slice(n, n + 1)), belief[n])
        assert (own[n] == 0) == torch.allclose(found[n], straight[0], atol=1e-4)


def test_masks_drawn_between_the_steps_are_other_masks(model: Model) -> None:
    drawn = replace(model.preset, draw_masks=True)
    assert torch.equal(probability(model, preset=drawn), probability(model, preset=drawn))
    assert not torch.equal(probability(model), probability(model, preset=drawn))


def test_a_preset_that_spreads_the_thresholds_cuts_each_sample_at_its_own(model: Model) -> None:
    spread = replace(model.preset, threshold_spread=0.8)
    draws = BridgeSampler(spread, 8).draws(0, 32, 4)
    thresholds = (0.1 + 0.8 * draws.thresholds)[:, None, None]
    plain, moved = probability(model), probability(model, preset=spread)
    assert 0 < (plain > thresholds).sum() < plain.numel()
    clear = (plain - thresholds).abs() > 1e-6
    assert torch.equal((moved > 0.5)[clear], (plain > thresholds)[clear])


def test_where_guidance_drops_the_image_ranks_do_not_matter(model: Model) -> None:
    preset = replace(model.preset, condition="image")
    sampler = BridgeSampler(preset, 1, 0.0)
    image = torch.rand(1, 1, 32, 32)
    found = sampler(image, model.network, at_ranks(torch.tensor([0.1, 0.9]), 0, 32))
    assert torch.equal(found[0], found[1])
    guided = BridgeSampler(preset, 2, 1.0)(image, model.network, at_ranks(torch.tensor([0.1]), 0, 32))
    assert not torch.equal(found[:1], guided)


def test_guidance_takes_two_evaluations_a_step() -> None:
    assert steps_of(8, 0.0) == 8
    assert steps_of(9, 0.5) == 4
    with pytest.raises(InputError, match=r"The option nfe is 1, but with guidance 0\.5 it must be at least 2"):
        steps_of(1, 0.5)


def test_network_function_evaluations_are_what_was_asked(model: Model) -> None:
    calls = []
    handle = model.network.register_forward_hook(lambda *_: calls.append(1))
    try:
        probability(model, nfe=6)
        probability(model, nfe=6, guidance=1.0)
    finally:
        handle.remove()
    assert len(calls) == 12


class _Steady(torch.nn.Module):
    """Draws everything where the rank is above one half and nothing below; notes how many samples every evaluation had."""

    def __init__(self) -> None:
        super().__init__()
        self.evaluated: list[int] = []

    def encode(self, image: torch.Tensor) -> list[torch.Tensor]:
        return [image]

    def forward(self, point: torch.Tensor, features: list[torch.Tensor], time: torch.Tensor, rank: torch.Tensor) -> torch.Tensor:
        assert len(point) == len(features[0]) == len(time) == len(rank)
        self.evaluated.append(len(point))
        return torch.where(rank > 0.5, 10.0, -10.0)[:, None, None, None].expand_as(point)


def test_masks_that_died_out_are_not_evaluated_again() -> None:
    network, ranks = _Steady(), torch.tensor([0.1, 0.9, 0.2, 0.8])
    sampler = BridgeSampler(PRESETS["tiny"], 3)
    found = sampler(torch.zeros(1, 1, 8, 8), network, at_ranks(ranks, 2, 8))
    assert network.evaluated == [FIRST_RANKS, 2, 2]
    assert (found[[1, 3]] > 0.99).all() and (found[[0, 2]] < 0.01).all()
    assert (sampler(torch.zeros(1, 1, 8, 8), network, at_ranks(ranks[[0, 2]], 2, 8)) < 0.01).all()
    assert network.evaluated[3:] == [FIRST_RANKS]


@pytest.mark.usefixtures("single_precision")
def test_the_first_evaluation_is_made_once_for_all_samples_and_is_exact_at_its_own_ranks(model: Model) -> None:
    rows = []
    handle = model.network.register_forward_hook(lambda module, given, made: rows.append(len(made)))
    image, ranks = torch.rand(1, 1, 32, 32) * 2 - 1, torch.tensor([0.0, 0.25, 0.75, 1.0, 0.6, 0.6, 0.61])
    sampler = BridgeSampler(model.preset, 1)
    try:
        found = sampler(image, model.network, at_ranks(ranks, 0, 32))
    finally:
        handle.remove()
    assert rows == [FIRST_RANKS]
    with torch.inference_mode():
        features = [level.expand(4, -1, -1, -1) for level in model.network.encode(image)]
        exact = model.network(image.expand(4, -1, -1, -1), features, torch.ones(4), ranks[:4]).sigmoid()[:, 0]
    assert torch.allclose(found[:4], exact, atol=1e-5)
    assert torch.equal(found[4], found[5]) and not torch.equal(found[5], found[6])


def test_values_between_ranks_lie_on_the_polynomial_through_them() -> None:
    values = torch.tensor([[0.0, 1.0, 4.0], [5.0, 5.0, 5.0], [0.0, 2.0, 0.0], [1.0, 2.0, 3.0]])
    assert between(values, torch.tensor([0.75, 0.3, 1.0, 0.1])).tolist() == pytest.approx([2.25, 5.0, 0.0, 1.2])
    assert between(values[:, :1], torch.tensor([0.2, 0.9, 1.0, 0.0])).tolist() == [0.0, 5.0, 0.0, 1.0]


def test_what_a_step_raises_ends_the_sampling(model: Model) -> None:
    steps: list[int] = []

    def on_step() -> None:
        steps.append(1)
        if len(steps) == 3:
            raise KeyboardInterrupt

    sampler = BridgeSampler(model.preset, 5, on_step=on_step)
    draws = sampler.draws(0, 32, 2)
    with pytest.raises(KeyboardInterrupt):
        sampler(torch.rand(1, 1, 32, 32), model.network, draws)
    assert len(steps) == 3
