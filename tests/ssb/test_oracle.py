"""The floor of an oracle that draws from the truth."""

from __future__ import annotations

import numpy as np
import pytest

from ssb.datasets.phantom_crops import PhantomCrops, Truth, draw_truths
from ssb.evaluation import chosen
from ssb.metrics import ged
from ssb.options import Options
from ssb.oracle import expected_floor, mean_expected_floor, oracle_floor


def made_truth() -> Truth:
    """Three quarters of the raters draw two pixels, one quarter draw nothing: two draws differ by d = 1 in 2 * 3/4 * 1/4 = 3/8 of cases."""
    masks = np.zeros((2, 128, 128), dtype=bool)
    masks[0, 60, 60:62] = True
    return Truth(masks, np.array([0.75, 0.25]))


def made_crops(count: int) -> PhantomCrops:
    """`count` patients of one crop each, whose four raters drew from `made_truth`."""
    crops, truth = object.__new__(PhantomCrops), made_truth()
    rng = np.random.default_rng(3)
    crops.split, crops.raters, crops.truths = "made", 4, [truth] * count
    crops.nodules, crops.patients = ([f"{kind}{n}" for n in range(count)] for kind in "np")
    crops.slices, crops.images = [0] * count, np.zeros((count, 128, 128), dtype=np.uint8)
    weights = np.array([1, 2, 4, 8], dtype=np.uint8)[:, None, None]
    drawn = [truth.masks[draw_truths(rng, truth.chances, 4)] for _ in range(count)]
    crops.bits = np.stack([(masks * weights).sum(axis=0, dtype=np.uint8) for masks in drawn])
    return crops


def test_the_floor_of_a_literal_distribution() -> None:
    assert expected_floor(made_truth(), 16, 4) == pytest.approx((1 / 16 + 1 / 4) * 3 / 8)
    certain = Truth(made_truth().masks[:1], np.array([1.0]))
    assert expected_floor(certain, 16, 4) == 0
    crops = made_crops(2)
    crops.truths[1] = certain
    assert mean_expected_floor(crops, Options(16, 8, 0.0, 0)) == pytest.approx((1 / 16 + 1 / 4) * 3 / 8 / 2)


def test_it_is_what_independent_draws_give_in_the_mean() -> None:
    truth, rng = made_truth(), np.random.default_rng(0)
    draws = [[truth.masks[draw_truths(rng, truth.chances, count)] for count in (5, 4)] for _ in range(2000)]
    for unbiased, expected in ((False, expected_floor(truth, 5, 4)), (True, 0.0)):
        found = np.array([ged(samples, raters, unbiased=unbiased) for samples, raters in draws])
        assert abs(found.mean() - expected) < 4 * found.std() / np.sqrt(len(found))


def test_the_oracles_unbiased_ged_is_zero_within_its_interval() -> None:
    found = oracle_floor(made_crops(300), Options(16, 8, 0.5, 1), show_progress=False)
    low, high = found.intervals()["ged_unbiased_16"]
    assert low < 0 < high and high - low < 0.1
    low, high = found.intervals()["ged_16"]
    assert low < expected_floor(made_truth(), 16, 4) < high
    assert (found.checkpoint, found.options.nfe, found.options.samples, found.split) == ("oracle", 0, 16, "made")


def test_it_scores_the_crops_that_a_model_is_scored_on() -> None:
    crops, options = made_crops(20), Options(4, 8, 0.0, 5)
    found = oracle_floor(crops, options, limit=6, show_progress=False)
    assert [crop.nodule for crop in found.crops] == [f"n{n}" for n in chosen(20, 6, 5)]
    assert found.crops == oracle_floor(crops, options, limit=6, show_progress=False).crops
    assert found.means() != oracle_floor(crops, Options(4, 8, 0.0, 6), limit=6, show_progress=False).means()


def test_slices_of_a_lesion_share_the_oracles_choice() -> None:
    crops = made_crops(6)
    crops.nodules, crops.bits = ["n"] * 6, np.stack([crops.bits[0]] * 6)
    assert len({tuple(crop.scores.values())[:4] for crop in oracle_floor(crops, Options(3, 1, 0.0, 0), show_progress=False).crops}) == 1
