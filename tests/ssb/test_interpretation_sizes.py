from __future__ import annotations

import numpy as np
import pytest

from ssb.interpretation_sizes import sizes_within
from ssb.interpretations import interpret
from ssb.measurements import sizes
from ssb.plausible import Box, Request, SampleSet


def test_each_interpretation_has_the_spread_of_its_own_samples() -> None:
    masks = np.zeros((4, 10, 2, 1), dtype=bool)
    for sample, length in enumerate((10, 9, 2)):
        masks[sample, :length] = True
    request = Request((0, 0, 0), 4, 2, 0.0, 0)
    found = SampleSet(masks, Box((0, 0, 0), (10, 2, 1)), (10, 2, 1), np.diag([10.0, 10, 10, 1]), request, "m")
    of_samples = sizes(found)
    assert [size.volume_ml for size in of_samples] == pytest.approx([20, 18, 4, 0])
    assert of_samples[2].diameter_mm == pytest.approx(20 * 2**0.5)
    assert of_samples[3].diameter_mm == 0
    interpretations = interpret(found)
    large, small, none = sizes_within(interpretations, of_samples)
    assert interpretations[0].members == (0, 1)
    assert (large.volume_ml.median, large.volume_ml.low, large.volume_ml.high) == pytest.approx((19, 18.1, 19.9))
    assert (small.volume_ml.low, small.volume_ml.high) == pytest.approx((4, 4))
    assert (none.volume_ml.high, none.diameter_mm.high) == (0, 0)
