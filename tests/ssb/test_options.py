"""Limits of the request's options."""

from __future__ import annotations

import pytest

from ssb.errors import InputError
from ssb.options import GUIDANCE, NFE, SAMPLES, SEED, Options, check_options


def test_numbers_and_text_give_the_same_options() -> None:
    assert check_options(16, 10, 1.5, 7) == check_options("16", "10", "1.5", "7") == Options(16, 10, 1.5, 7)


def test_limits_are_allowed() -> None:
    assert check_options(1, 1, 0, 0) == Options(1, 1, 0.0, 0)
    assert check_options(64, 100, 5, 2**31 - 1) == Options(64, 100, 5.0, 2147483647)


def test_types_are_whole_numbers_and_one_float() -> None:
    options = check_options(16.0, "10", 1, "3")
    assert [type(v) for v in (options.samples, options.nfe, options.guidance, options.seed)] == [int, int, float, int]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ((0, 10, 1, 0), "The option samples is 0, but it must be a whole number from 1 to 64."),
        ((65, 10, 1, 0), "The option samples is 65, but it must be a whole number from 1 to 64."),
        ((2.5, 10, 1, 0), "The option samples is 2.5, but it must be a whole number from 1 to 64."),
        (("many", 10, 1, 0), "The option samples is 'many', but it must be a whole number from 1 to 64."),
        ((True, 10, 1, 0), "The option samples is True, but it must be a whole number from 1 to 64."),
        ((None, 10, 1, 0), "The option samples is None, but it must be a whole number from 1 to 64."),
        (([16], 10, 1, 0), "The option samples is [16], but it must be a whole number from 1 to 64."),
        ((16, 0, 1, 0), "The option nfe is 0, but it must be a whole number from 1 to 100."),
        ((16, "101", 1, 0), "The option nfe is '101', but it must be a whole number from 1 to 100."),
        ((16, 10, -0.1, 0), "The option guidance is -0.1, but it must be a number from 0 to 5."),
        ((16, 10, 5.01, 0), "The option guidance is 5.01, but it must be a number from 0 to 5."),
        ((16, 10, "nan", 0), "The option guidance is 'nan', but it must be a number from 0 to 5."),
        ((16, 10, float("inf"), 0), "The option guidance is inf, but it must be a number from 0 to 5."),
        ((16, 10, 1, -1), "The option seed is -1, but it must be a whole number from 0 to 2147483647."),
        ((16, 10, 1, 2**31), "The option seed is 2147483648, but it must be a whole number from 0 to 2147483647."),
        ((16, 10, 1, ""), "The option seed is '', but it must be a whole number from 0 to 2147483647."),
        ((16, 10, 1, 10**400), f"The option seed is {'1' + '0' * 36}..., but it must be a whole number from 0 to 2147483647."),
    ],
)
def test_bad_value_gets_one_sentence(values: tuple[object, object, object, object], sentence: str) -> None:
    with pytest.raises(InputError) as raised:
        check_options(*values)
    assert str(raised.value) == sentence


def test_defaults_are_allowed() -> None:
    assert SAMPLES.check(SAMPLES.default) == 16
    assert SEED.check(SEED.default) == 0
    assert NFE.default is GUIDANCE.default is None
