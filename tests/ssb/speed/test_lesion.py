"""The lesion that requests are timed on."""

from __future__ import annotations

import numpy as np

from ssb.speed.lesion import WIDTH_MM, tall_lesion


def test_it_has_the_slices_and_the_width_asked() -> None:
    volume, (i, j, k) = tall_lesion(10, side=128)
    assert volume.shape == (128, 128, 18)
    bright = volume.array[i - 2 : i + 3, j - 2 : j + 3].mean(axis=(0, 1)) > -400
    assert bright.sum() == 10 and bright[k] and bright.argmax() == 4
    across = (volume.array[:, j - 1 : j + 2, k].mean(axis=1) > -400).sum() * volume.spacing[0]
    assert abs(across - WIDTH_MM) <= 2 * volume.spacing[0]


def test_it_is_the_same_every_time_and_as_deep_as_asked() -> None:
    first, second = tall_lesion(4, side=64, depth=30)[0], tall_lesion(4, side=64, depth=30)[0]
    assert first.shape == (64, 64, 30) and np.array_equal(first.array, second.array)
