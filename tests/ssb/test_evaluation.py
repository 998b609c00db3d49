"""Scores of a method on LIDC-like crops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ssb.bridge_method import BridgeMethod
from ssb.checkpoint import Model
from ssb.crop_scores import Evaluation
from ssb.datasets.crops import Crop
from ssb.datasets.lidc import LidcCrops
from ssb.evaluation import CropSampler, chosen, evaluate, nodule_seed
from ssb.options import Options
from ssb.representatives import representatives
from ssb.sampling import BridgeSampler
from ssb.slices import Asked, View, reaches_edge, window_masks
from tests.lidc_folder import disc, write_lidc

OPTIONS = Options(samples=3, nfe=2, guidance=0.0, seed=5)


@pytest.fixture
def method(model: Model) -> BridgeMethod:
    return BridgeMethod(model.preset, model.network)


@pytest.fixture
def lidc(tmp_path: Path) -> LidcCrops:
    return LidcCrops(write_lidc(tmp_path / "lidc"), "test")


@pytest.fixture
def evaluation(method: BridgeMethod, lidc: LidcCrops) -> Evaluation:
    return evaluate(method, lidc, OPTIONS, name="tiny-1", show_progress=False)


def test_every_crop_is_scored_and_averaged(evaluation: Evaluation) -> None:
    facts = evaluation.as_dict()
    assert (facts["crops"], facts["crops_without_mask"], facts["nodules"], facts["patients"]) == (5, 1, 2, 2)
    assert [facts[key] for key in ("samples", "nfe", "guidance", "seed", "split", "checkpoint")] == [3, 2, 0, 5, "test", "tiny-1"]
    geds = [crop.scores["ged_3"] for crop in evaluation.crops]
    assert facts["ged_3"] == pytest.approx(np.mean(geds))
    assert facts["per_nodule"]["ged_3"] == pytest.approx((np.mean(geds[:3]) + np.mean(geds[3:])) / 2)
    assert set(facts) >= {"ged_3", "ged_unbiased_3", "hm_iou_3", "d_max_3", "s_ncc", "ci_3", "ece_3", "brier_3", "auroc_3"}


def test_each_mean_has_an_interval_around_it(evaluation: Evaluation) -> None:
    means, intervals = evaluation.means(), evaluation.intervals()
    assert list(intervals) == list(means)
    assert all(low <= means[key] <= high for key, (low, high) in intervals.items())
    assert intervals["ged_3"][0] < intervals["ged_3"][1]


def as_a_slice(model: Model, crop: Crop) -> np.ndarray:
    """The masks (N, 128, 128) that a request for a volume's slice would get with the draws of this crop."""
    middle = crop.image[32:96, 32:96].astype(np.float32)
    window = (middle - middle.min()) * (2 / (middle.max() - middle.min())) - 1
    sampler = BridgeSampler(model.preset, OPTIONS.nfe, OPTIONS.guidance)
    draws = sampler.draws(nodule_seed(OPTIONS.seed, crop.nodule), model.preset.window, OPTIONS.samples)
    return np.pad(window_masks(model, [Asked(View(window), draws)], sampler)[0], ((0, 0), (32, 32), (32, 32)))


def test_crop_is_seen_as_a_slice_and_stays_on_its_own_grid(model: Model, method: BridgeMethod, lidc: LidcCrops) -> None:
    expected = as_a_slice(model, lidc[0])
    assert 0 < expected.sum() < expected.size
    assert not np.array_equal(expected, expected.transpose(0, 2, 1))
    np.testing.assert_array_equal(CropSampler(method, OPTIONS.samples, OPTIONS.nfe, OPTIONS.seed).masks(lidc[0]), expected)


@pytest.mark.usefixtures("single_precision")
def test_mask_that_reaches_the_edge_is_drawn_in_the_whole_window(model: Model, method: BridgeMethod, lidc: LidcCrops) -> None:
    wide = replace(lidc[0], image=np.where(disc(64, 64, 22), 200, 40).astype(np.uint8))
    expected = as_a_slice(model, wide)
    assert expected.any(axis=0)[64, 44] or expected.any(axis=0)[44, 64]
    np.testing.assert_array_equal(CropSampler(method, OPTIONS.samples, OPTIONS.nfe, OPTIONS.seed).masks(wide), expected)
    assert not reaches_edge(np.zeros((2, 4, 4), dtype=bool)).any()


def test_slices_of_a_nodule_share_their_draws(method: BridgeMethod, lidc: LidcCrops) -> None:
    sampler, crop = CropSampler(method, 3, 2, 5), lidc[0]
    masks = sampler.masks(crop)
    np.testing.assert_array_equal(masks, sampler.masks(replace(crop, slice_index=1)))
    assert not np.array_equal(masks, sampler.masks(replace(crop, nodule="another")))
    np.testing.assert_array_equal(masks[:2], CropSampler(method, 2, 2, 5).masks(crop))


def test_same_seed_same_scores(method: BridgeMethod, lidc: LidcCrops, evaluation: Evaluation) -> None:
    again = evaluate(method, lidc, OPTIONS, name="tiny-1", show_progress=False)
    assert again.crops == evaluation.crops
    other = evaluate(method, lidc, Options(3, 2, 0.0, 6), name="tiny-1", show_progress=False)
    assert other.means() != evaluation.means()


def test_limit_takes_the_same_crops_of_the_same_seed(method: BridgeMethod, lidc: LidcCrops, evaluation: Evaluation) -> None:
    part = evaluate(method, lidc, OPTIONS, limit=2, name="tiny-1", show_progress=False)
    assert len(part.crops) == 2
    assert {crop.slice_index for crop in part.crops} <= {0, 1, 2}
    assert all(crop in evaluation.crops for crop in part.crops)
    assert set(chosen(100, 10, 3)) < set(chosen(100, 20, 3))
    assert list(chosen(100, 10, 3)) != list(chosen(100, 10, 4))
    assert list(chosen(4, 9, 3)) == list(chosen(4, None, 3)) == [0, 1, 2, 3]


def test_samples_of_a_crop_are_chosen_from_the_candidates(model: Model, lidc: LidcCrops) -> None:
    learnt = BridgeMethod(replace(model.preset, loss="path", nfe=2), model.network)
    found = CropSampler(learnt, 5, 8, 0).masks(lidc[0])
    crop, seed = lidc[0].image[32:96, 32:96].astype(np.float32), nodule_seed(0, lidc[0].nodule)
    window = (crop - crop.min()) * (2 / (crop.max() - crop.min())) - 1
    sampler = BridgeSampler(learnt.preset, 8)
    candidates = window_masks(replace(model, preset=learnt.preset), [Asked(View(window), sampler.draws(seed, 64, 20))], sampler)[0]
    chosen = representatives(candidates, 5, 4)
    assert chosen.tolist() != [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(found[:, 32:96, 32:96], candidates[chosen])
    np.testing.assert_array_equal(found[:2], CropSampler(learnt, 2, 8, 0).masks(lidc[0]))
