"""The rule of the gate against cases worked by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ssb.gate_rule import MEASURES, Change, changes_of, sentence

NAN = float("nan")


def change(old: list[float], new: list[float], measure: str = "ged") -> Change:
    """The change of one measure that is `old` and `new` on images a, b, c ..., where all other measures stay at one half."""
    table = np.full((2, len(old), len(MEASURES)), 0.5)
    table[:, :, MEASURES.index(measure)] = old, new
    found = changes_of(table[0], table[1], list("abcdefghij")[: len(old)], 0)
    assert all(one.not_worse for one in found if one.measure != measure)
    return found[MEASURES.index(measure)]


def test_worked_interval_is_that_of_the_pairs() -> None:
    # The images differ much, the pairs by 0 or 0.1: tenths of a binomial (10, 1/2), of which P(0..1) = 0.011, P(0..2) = 0.055,
    # P(0..6) = 0.828 and P(0..7) = 0.945.
    old = [0.1 * n for n in range(10)]
    found = change(old, [value + 0.1 * (n % 2) for n, value in enumerate(old)])
    assert (found.old, found.new, found.difference) == pytest.approx((0.45, 0.5, 0.05))
    assert (found.low, found.high, found.worst) == pytest.approx((0.02, 0.08, 0.07))
    assert found.allowed == pytest.approx(0.05 * 0.45)
    assert (found.beyond_margin, found.beyond_chance, found.not_worse) == (True, True, False)


@pytest.mark.parametrize(
    ("changes", "margin", "chance"),
    [
        ([0, 0, 0, 0], False, False),  # the same model
        ([-0.1, -0.2, -0.1, -0.1], False, False),  # better on each image
        ([0.01, -0.01, 0.01, -0.01], False, False),  # worst is +0.005: three of four times +0.01, P(0..3) = 0.94
        ([0.2, -0.3, 0.2, -0.3], True, False),  # better in the mean, but worst is +0.075: nobody knows
        ([0.01, 0.005, 0.01, 0.005], False, True),  # at worst +0.01, a fortieth of 0.4, but on every image
        ([0.4, 0.5, 0.3, 0.5], True, True),  # nonsense
    ],
)
def test_both_parts_of_the_rule(changes: list[float], margin: bool, chance: bool) -> None:
    found = change([0.4] * 4, [0.4 + one for one in changes])
    assert found.allowed == pytest.approx(0.02)
    assert (found.beyond_margin, found.beyond_chance) == (margin, chance)
    assert found.not_worse == (not margin and not chance)


def test_what_is_unknown_has_its_worst_case() -> None:
    # Means of -0.3 + 0.125 k, k of a binomial (4, 1/2): P(0..3) = 0.94, P(0..2) = 0.69, P(0) = P(4) = 0.06.
    found = change([0.4] * 4, [0.6, 0.1, 0.6, 0.1])
    assert (found.worst, found.low, found.high) == pytest.approx((0.075, -0.3, 0.2))


def test_a_higher_dice_is_better_and_only_chance_counts() -> None:
    assert change([0.8] * 4, [0.9] * 4, "dice").not_worse
    assert change([0.8] * 4, [0.2, 0.9, 0.2, 0.9], "dice").not_worse
    found = change([0.8] * 4, [0.79, 0.78, 0.79, 0.78], "dice")
    assert (found.beyond_chance, found.beyond_margin, found.not_worse) == (True, False, False)


def test_d_ddi_has_twice_the_margin() -> None:
    assert change([0.1] * 4, [0.11, 0.09, 0.11, 0.09], "d_ddi").allowed == pytest.approx(0.01)


def test_the_unbiased_form_is_only_reported() -> None:
    found = change([0.1] * 4, [0.9] * 4, "ged_unbiased")
    assert (found.difference, found.not_worse, found.decides) == (pytest.approx(0.8), True, False)


def test_a_measure_that_too_few_images_define_does_not_decide() -> None:
    found = change([0.1, 0.1, NAN, NAN], [0.9, 0.9, NAN, NAN], "d_ddi")
    assert (found.images, found.decides, found.not_worse) == (2, False, True)
    nowhere = change([NAN] * 3, [NAN] * 3, "d_ddi")
    assert nowhere.not_worse
    told = json.loads(json.dumps(nowhere.as_json(), allow_nan=False))
    assert (told["old"], told["difference"], told["interval"], told["images"]) == (None, None, None, 0)


def test_the_sentence_has_the_figures() -> None:
    table = np.full((2, 3, len(MEASURES)), 0.5)
    assert sentence(changes_of(table[0], table[1], list("abc"), 0), 3) == (
        "Not worse on 3 held-out images: GED 0.500 -> 0.500 (+0.000, 95 % interval +0.000 to +0.000), "
        "D_DDI 0.500 -> 0.500 (+0.000, 95 % interval +0.000 to +0.000), "
        "Dice of the consensus 0.500 -> 0.500 (+0.000, 95 % interval +0.000 to +0.000)."
    )
    table[1, :, 0] = 0.75, 0.25, 0.5
    assert sentence(changes_of(table[0], table[1], list("abc"), 0), 3) == (
        "Not shown to be as good on 3 held-out images: GED 0.500 -> 0.500 (+0.000, 95 % interval -0.250 to +0.250), "
        "at worst +0.167 with 90 % confidence, of which 0.025 is let pass."
    )
    table[1, :, 0] = 0.75
    table[1, :, 3] = 0.49
    assert sentence(changes_of(table[0], table[1], list("abc"), 0), 3) == (
        "Worse on 3 held-out images: GED 0.500 -> 0.750 (+0.250, 95 % interval +0.250 to +0.250), "
        "Dice of the consensus 0.500 -> 0.490 (-0.010, 95 % interval -0.010 to -0.010)."
    )


@pytest.mark.parametrize(
    ("effect", "spread", "images", "least", "most"),
    [
        (0.12, 0.25, 3, 0.0, 0.07),  # half-learnt nonsense that spares many images: GED of a model of 0.25, and how it differs by image
        (0.12, 0.25, 6, 0.0, 0.04),
        (0.6, 0.25, 3, 0.0, 0.005),  # nonsense
        (-0.1, 0.1, 6, 0.85, 1.0),  # better by two fifths, on most images
        (-0.1, 0.1, 10, 0.95, 1.0),
    ],
)
def test_how_often_the_rule_lets_pass(effect: float, spread: float, images: int, least: float, most: float) -> None:
    differences = np.random.default_rng(0).normal(effect, spread, (400, images))
    passed = [change([0.25] * images, list(0.25 + row)).not_worse for row in differences]
    assert least <= np.mean(passed) <= most
