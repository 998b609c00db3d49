"""The numbers that the next image's benchmark derives."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.next_image import USED, measures, summarised
from ssb.plausible import Box, Request, SampleSet


def test_rank_correlation_and_gain_by_hand() -> None:
    each = {f"image {n}": {"patient": f"p{n}", "marked": 2, "truth": n / 8, USED: n**2, "mean entropy": -n} for n in range(8)}
    found = summarised(each)
    assert found["images"] == 8
    assert found["spearman"][USED]["value"] == pytest.approx(1)
    assert found["spearman"]["mean entropy"]["value"] == pytest.approx(-1)
    assert found["raters_disagree"] == {"first_quarter_offered": pytest.approx((7 + 6) / 16), "all": pytest.approx(3.5 / 8)}


def test_measures_of_a_literal_set() -> None:
    masks = np.zeros((2, 2, 1, 1), bool)
    masks[0, :, 0, 0] = True
    masks[1, 0, 0, 0] = True
    affine = np.diag([1.0, 2.0, 5.0, 1.0])
    found = measures(SampleSet(masks, Box((0, 0, 0), (2, 1, 1)), (2, 1, 1), affine, Request((0, 0, 0), 2, 1, 0.0, 0), "c"))
    # One of two voxels is split evenly: 1 bit. Volumes 2 and 1: deviation 0.5 of 1.5.
    assert found == {
        USED: pytest.approx(0.5),
        "mean distance": pytest.approx(0.5),
        "mean entropy": pytest.approx(0.5),
        "total entropy": pytest.approx(0.01),
        "variation of volume": pytest.approx(1 / 3),
    }
