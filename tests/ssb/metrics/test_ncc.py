"""S_NCC against cases worked by hand and against the formula of its source."""

from __future__ import annotations

import numpy as np
import pytest

from ssb.metrics.ncc import s_ncc

EMPTY, A, B, AB = ([0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [1, 1, 0, 0])


def masks(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=bool)


@pytest.mark.parametrize(
    ("samples", "raters", "value"),
    [
        ((EMPTY, EMPTY), (EMPTY, EMPTY), 1.0),  # both maps constant
        ((A, A), (A,), 1.0),  # sure and right: both maps are 0 everywhere
        ((A, A), (B,), 0.0),  # sure and wrong: the uncertainty is constant, the error is not
        ((EMPTY,), (A,), 0.0),
        ((A, B), (A, B), 1.0),  # uncertainty (1/2, 1/2, 0, 0), error the same for either rater
        ((A, EMPTY), (B,), 1 / np.sqrt(33)),  # uncertainty (1/2, 0, 0, 0), error (1/2, 1, 0, 0)
        ((A, EMPTY), (A, B), (1 + 1 / np.sqrt(33)) / 2),  # mean over the raters
    ],
)
def test_worked_cases(samples: tuple[list[int], ...], raters: tuple[list[int], ...], value: float) -> None:
    assert s_ncc(masks(*samples), masks(*raters)) == pytest.approx(value, abs=1e-12)


def test_equals_the_cross_entropies_of_the_source() -> None:
    rng = np.random.default_rng(5)
    samples, raters = rng.random((7, 40)) < 0.4, rng.random((3, 40)) < 0.4

    def cross_entropy(target: np.ndarray, mask: np.ndarray) -> np.ndarray:
        small = 1e-8
        return -target * np.log(mask + small) - (1 - target) * np.log(1 - mask + small)

    stated = np.mean([cross_entropy(samples.mean(axis=0), s) for s in samples.astype(float)], axis=0)
    made = [np.mean([cross_entropy(y, s) for s in samples.astype(float)], axis=0) for y in raters.astype(float)]
    expected = np.mean([np.corrcoef(stated, error)[0, 1] for error in made])
    assert s_ncc(samples, raters) == pytest.approx(expected, abs=1e-6)
