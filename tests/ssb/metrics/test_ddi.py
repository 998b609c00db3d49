"""D_DDI against cases worked by hand, and its properties on made families."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from ssb.metrics.ddi import d_ddi, ddi_parts
from ssb.metrics.dice_max import d_max
from ssb.metrics.ged import ged

EMPTY, A, B, AB = ([0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0])


def masks(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=bool)


def strips(*lengths: float) -> np.ndarray:
    """Nested masks: the first `length` of 100 voxels."""
    return np.arange(100) < np.array(lengths)[:, None]


def discs(*radii: float, shift: int = 0) -> np.ndarray:
    rows, columns = np.indices((40, 90))
    return np.hypot(rows - 20, columns - 25 - shift) < np.reshape(radii, (-1, 1, 1))


@pytest.mark.parametrize(
    ("samples", "raters", "diversity", "consensus"),
    [
        ((EMPTY, EMPTY), (EMPTY, EMPTY), 0, 0),
        ((EMPTY, EMPTY), (A, A), 0, 1),  # regions nothing against A
        ((EMPTY, A), (A, A), 1, 1 / 4),  # distances 1 against 0; regions {A, nothing} against A: 1/2 - (1/2 + 0) / 2
        ((A, B), (B, A), 0, 0),  # identical
        ((A, A), (B, B), 0, 1),  # disjoint, no spread in either
        ((A, A), (A, B), 1, 1 / 2),  # regions A against {A or B, nothing}: 3/4 - (0 + 1/2) / 2
        ((AB, AB), (A, B), 1, 1 / 4),  # regions A or B against {A or B, nothing}: 1/2 - (0 + 1/2) / 2
        ((A, A, B), (A, B), 1 / 9, 1 / 18),  # distances 0, 1, 1 against 1: (1/3)^2; regions {AB, A, nothing}: 7/12 - (5/9 + 1/2) / 2
        ((A, A, B, B), (A, B), 1 / 9, 0),  # one mean mask, but two of six pairs are copies of each other: (1/3)^2
        ((A, B), (AB, EMPTY), 0, 0),  # the blind spot that the docstring names
    ],
)
def test_worked_cases(samples: tuple[list[int], ...], raters: tuple[list[int], ...], diversity: float, consensus: float) -> None:
    found = ddi_parts(masks(*samples), masks(*raters))
    assert found == pytest.approx((diversity, consensus), abs=1e-12)
    assert d_ddi(masks(*samples), masks(*raters)) == pytest.approx((diversity + consensus) / 2, abs=1e-12)


def test_parts_are_what_their_definitions_say() -> None:
    rng = np.random.default_rng(0)
    samples, raters = rng.random((7, 12)) < 0.6, rng.random((4, 12)) < 0.4

    def distances(sets: np.ndarray) -> list[float]:
        return [1 - (a & b).sum() / max((a | b).sum(), 1) for i, a in enumerate(sets) for b in sets[:i]]

    def levels(sets: np.ndarray) -> np.ndarray:
        return np.stack([sets.sum(axis=0) >= k for k in range(1, len(sets) + 1)])

    t = (np.arange(200_000) + 0.5) / 200_000
    shares = [(np.searchsorted(np.sort(distances(sets)), t, side="right") / len(distances(sets))) for sets in (samples, raters)]
    found = ddi_parts(samples, raters)
    assert found.diversity == pytest.approx(np.square(shares[0] - shares[1]).mean(), abs=1e-4)
    assert found.consensus == pytest.approx(ged(levels(samples), levels(raters)) / 2, abs=1e-12)


def test_symmetric_in_the_unit_range_and_blind_to_order_and_background() -> None:
    rng = np.random.default_rng(1)
    for _ in range(30):
        samples, raters = (rng.random((n, 3, 3)) < rng.random() for n in (5, 4))
        value = d_ddi(samples, raters)
        assert 0 <= value <= 1
        assert d_ddi(raters, samples) == pytest.approx(value, abs=1e-12)
        assert d_ddi(np.pad(samples[::-1], ((0, 0), (2, 0), (0, 5))), np.pad(raters, ((0, 0), (2, 0), (0, 5)))) == pytest.approx(value)


@pytest.mark.parametrize(
    ("raters", "better", "worse"),
    [
        ((6, 8, 10, 12), (10, 10, 10, 10, 10, 15, 15, 15), (10,) * 8),  # worse: all at the middle
        ((0, 8, 10, 12), (2, 2, 2, 12, 12, 12, 20, 20), (12,) * 8),  # worse: never says that there is nothing
        ((6, 8, 10, 12), (8, 8, 12, 12, 12, 18, 18, 18), (6, 12, 12, 12, 12, 12, 12, 12)),  # worse: too little diversity
        ((6, 8, 10, 12), (8, 8, 12, 12, 12, 18, 18, 18), (0, 3, 8, 8, 10, 15, 20, 20)),  # worse: too much diversity
    ],
)
def test_tells_apart_what_ged_and_d_max_cannot(raters: tuple[int, ...], better: tuple[int, ...], worse: tuple[int, ...]) -> None:
    truth, good, bad = strips(*raters), strips(*better), strips(*worse)
    assert ged(good, truth) == pytest.approx(ged(bad, truth), abs=1e-9)
    assert d_max(good, truth) == pytest.approx(d_max(bad, truth), abs=1e-9)
    assert d_ddi(bad, truth) > 1.9 * d_ddi(good, truth)


def test_grows_with_junk_that_d_max_forgives() -> None:
    raters = strips(20, 24, 28, 32)
    junk = [np.roll(strips(3), 40 + 5 * k, axis=1) for k in range(9)]
    sets = [np.concatenate([raters, *junk[:k]]) for k in range(10)]
    assert [d_max(samples, raters) for samples in sets] == [1.0] * 10
    values = [d_ddi(samples, raters) for samples in sets]
    assert values[0] == pytest.approx(0, abs=1e-12)
    assert np.diff(values).min() > 0.01


def test_grows_with_too_little_and_with_too_much_diversity() -> None:
    raters = strips(28, 36, 44, 52)
    factors = np.array([0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5])
    values = [ddi_parts(strips(*(40 + factor * np.array([-12, -4, 4, 12]))), raters) for factor in factors]
    for series in ([parts.diversity for parts in values], [parts.total for parts in values]):
        assert series[4] == pytest.approx(0, abs=1e-12)
        assert np.diff(series[:5]).max() < -1e-3
        assert np.diff(series[4:]).min() > 1e-3


def test_grows_as_the_consensus_moves_pixel_by_pixel() -> None:
    raters = discs(6, 8, 9, 11)
    values = [ddi_parts(discs(6, 8, 9, 11, shift=k), raters) for k in range(41)]
    assert [parts.diversity for parts in values] == pytest.approx([0] * 41, abs=1e-12)
    consensus = [parts.consensus for parts in values]
    assert consensus[0] == pytest.approx(0, abs=1e-12)
    assert np.diff(consensus[:22]).min() > 1e-4
    assert consensus[22:] == pytest.approx([consensus[22]] * 19, abs=1e-12)  # disjoint: no voxel in common any more


def test_few_raters_do_not_reward_a_model_that_never_says_nothing_is_there() -> None:
    """One rater in eight draws the lesion: averaged over all sets of four, the best share of filled samples is one in eight."""
    chances = [comb(4, k) * (1 / 8) ** k * (7 / 8) ** (4 - k) for k in range(5)]
    counts = range(0, 17)
    raters = [strips(*([9] * k + [0] * (4 - k))) for k in range(5)]
    models = [strips(*([9] * n + [0] * (80 - n))) for n in counts]
    mean = [sum(chance * d_ddi(model, drawn) for chance, drawn in zip(chances, raters, strict=True)) for model in models]
    assert counts[int(np.argmin(mean))] in (9, 10, 11)


def test_two_masks_in_each_set_are_needed() -> None:
    with pytest.raises(ValueError, match="at least 2 masks in each set, got 1"):
        d_ddi(masks(A, B), masks(A))
    parts = ddi_parts(masks(A), masks(A, A))
    assert np.isnan(parts.diversity)
    assert parts.consensus == pytest.approx(0)
