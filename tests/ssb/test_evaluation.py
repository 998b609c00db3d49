"""Scores of a model on LIDC-like crops."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from ssb.checkpoint import Model
from ssb.datasets.lidc import LidcCrops
from ssb.evaluation import CropSampler, CropScores, Evaluation, chosen, evaluate, write_evaluation
from ssb.lesion import window_masks
from ssb.options import Options
from tests.lidc_folder import write_lidc

OPTIONS = Options(samples=3, nfe=2, guidance=0.0, seed=5)
NAN = float("nan")


def made(*rows: tuple[str, str, float, float]) -> Evaluation:
    """An evaluation with the given nodule, patient, GED and AUROC of each crop."""
    crops = tuple(CropScores(nodule, patient, 0, True, {"ged_3": ged, "auroc_3": auroc}) for nodule, patient, ged, auroc in rows)
    return Evaluation(crops, OPTIONS, "test", "made-1", "cpu", 1.0)


@pytest.fixture
def lidc(tmp_path: Path) -> LidcCrops:
    return LidcCrops(write_lidc(tmp_path / "lidc"), "test")


@pytest.fixture
def evaluation(model: Model, lidc: LidcCrops) -> Evaluation:
    return evaluate(model, lidc, OPTIONS, show_progress=False)


def test_every_crop_is_scored_and_averaged(evaluation: Evaluation) -> None:
    facts = evaluation.as_dict()
    assert (facts["crops"], facts["crops_without_mask"], facts["nodules"], facts["patients"]) == (5, 1, 2, 2)
    assert [facts[key] for key in ("samples", "nfe", "guidance", "seed", "split", "checkpoint")] == [3, 2, 0, 5, "test", "tiny-1"]
    geds = [crop.scores["ged_3"] for crop in evaluation.crops]
    assert facts["ged_3"] == pytest.approx(np.mean(geds))
    assert facts["per_nodule"]["ged_3"] == pytest.approx((np.mean(geds[:3]) + np.mean(geds[3:])) / 2)
    assert set(facts) >= {"ged_3", "ged_unbiased_3", "hm_iou_3", "d_max_3", "s_ncc", "ci_3", "ece_3", "brier_3", "auroc_3"}


def test_undefined_values_are_left_out_and_counted() -> None:
    facts = made(("a1", "a", 0.0, NAN), ("a1", "a", 0.2, 0.6), ("b1", "b", 0.1, 0.9), ("b2", "b", 0.5, NAN)).as_dict()
    assert (facts["ged_3"], facts["auroc_3"]) == pytest.approx((0.2, 0.75))
    assert facts["per_nodule"] == pytest.approx({"ged_3": 0.7 / 3, "auroc_3": 0.75})
    assert facts["undefined"] == {"auroc_3": 2}


def test_intervals_are_over_patients() -> None:
    found = made(("a1", "a", 0.0, 0.5), ("a2", "a", 0.2, 0.5), ("b1", "b", 0.4, NAN), ("b1", "b", 0.6, NAN)).as_dict()["intervals"]
    assert found["ged_3"] == pytest.approx([0.1, 0.5])  # the two patients' own means: each is drawn twice in one of four resamples
    assert found["auroc_3"] is None  # one patient only
    assert made(("a1", "a", 0.0, NAN), ("b1", "b", 1.0, NAN)).as_dict()["auroc_3"] is None


def test_models_on_the_same_crops_share_the_resamples() -> None:
    ged = np.random.default_rng(0).random(12)
    first, second = (made(*((f"n{i}", f"p{i // 2}", value, 0.5) for i, value in enumerate(values))) for values in (ged, ged + 0.1))
    assert np.array(second.intervals()["ged_3"]) - first.intervals()["ged_3"] == pytest.approx([0.1, 0.1])


def test_each_mean_has_an_interval_around_it(evaluation: Evaluation) -> None:
    means, intervals = evaluation.means(), evaluation.intervals()
    assert list(intervals) == list(means)
    assert all(low <= means[key] <= high for key, (low, high) in intervals.items())
    assert intervals["ged_3"][0] < intervals["ged_3"][1]


def test_crop_is_seen_as_a_slice_and_stays_on_its_own_grid(model: Model, lidc: LidcCrops) -> None:
    crop, sampler = lidc[0], CropSampler(model, OPTIONS)
    middle = crop.image[32:96, 32:96].astype(np.float32)
    window = (middle - middle.min()) * (2 / (middle.max() - middle.min())) - 1
    expected = window_masks(model, window, sampler.draws(crop.nodule), sampler.sampler)
    assert 0 < expected.sum() < expected.size
    assert not np.array_equal(expected, expected.transpose(0, 2, 1))
    np.testing.assert_array_equal(sampler.masks(crop), np.pad(expected, ((0, 0), (32, 32), (32, 32))))


def test_slices_of_a_nodule_share_their_draws(model: Model) -> None:
    sampler = CropSampler(model, OPTIONS)
    first, other = sampler.draws("a"), sampler.draws("b")
    assert not torch.equal(first.noise, other.noise)
    assert torch.equal(first.noise, sampler.draws("a").noise)


def test_same_seed_same_scores(model: Model, lidc: LidcCrops, evaluation: Evaluation) -> None:
    again = evaluate(model, lidc, OPTIONS, show_progress=False)
    assert again.crops == evaluation.crops
    other = evaluate(model, lidc, Options(3, 2, 0.0, 6), show_progress=False)
    assert other.means() != evaluation.means()


def test_limit_takes_the_same_crops_of_the_same_seed(model: Model, lidc: LidcCrops, evaluation: Evaluation) -> None:
    part = evaluate(model, lidc, OPTIONS, limit=2, show_progress=False)
    assert len(part.crops) == 2
    assert {crop.slice_index for crop in part.crops} <= {0, 1, 2}
    assert all(crop in evaluation.crops for crop in part.crops)
    assert set(chosen(100, 10, 3)) < set(chosen(100, 20, 3))
    assert list(chosen(100, 10, 3)) != list(chosen(100, 10, 4))
    assert list(chosen(4, 9, 3)) == list(chosen(4, None, 3)) == [0, 1, 2, 3]


def test_files_hold_means_and_rows(evaluation: Evaluation, tmp_path: Path) -> None:
    metrics, table = write_evaluation(tmp_path, evaluation)
    assert json.loads(metrics.read_text()) == evaluation.as_dict()
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["nodule"], row["slice"], row["rated"]) for row in rows][2:4] == [("TEST-0000_n00", "2", "0"), ("TEST-0001_n00", "0", "1")]
    assert float(rows[0]["ged_3"]) == pytest.approx(evaluation.crops[0].scores["ged_3"], abs=1e-6)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["crops.csv", "metrics.json"]


def test_undefined_value_is_null_in_the_file(model: Model, lidc: LidcCrops, tmp_path: Path) -> None:
    metrics, _ = write_evaluation(tmp_path, evaluate(model, lidc, Options(1, 1, 0.0, 0), limit=1, show_progress=False))
    assert json.loads(metrics.read_text())["ged_unbiased_1"] is None
