"""Means, intervals and files of the scores of crops."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from ssb.crop_scores import CropScores, Evaluation, write_evaluation
from ssb.options import Options

OPTIONS = Options(samples=3, nfe=2, guidance=0.0, seed=5)
NAN = float("nan")


def made(*rows: tuple[str, str, float, float]) -> Evaluation:
    """An evaluation with the given nodule, patient, GED and AUROC of each crop."""
    crops = tuple(CropScores(nodule, patient, 0, True, {"ged_3": ged, "auroc_3": auroc}) for nodule, patient, ged, auroc in rows)
    return Evaluation(crops, OPTIONS, "test", "made-1", "cpu", 1.0)


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


def test_files_hold_means_and_rows(tmp_path: Path) -> None:
    evaluation = made(("a1", "a", 0.25, 0.5), ("b1", "b", 0.125, NAN))
    metrics, table = write_evaluation(tmp_path, evaluation)
    assert json.loads(metrics.read_text()) == evaluation.as_dict()
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [tuple(row.values()) for row in rows] == [
        ("a1", "a", "0", "1", "0.250000", "0.500000"),
        ("b1", "b", "0", "1", "0.125000", "nan"),
    ]
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["crops.csv", "metrics.json"]


def test_undefined_value_is_null_in_the_file(tmp_path: Path) -> None:
    metrics, _ = write_evaluation(tmp_path, made(("a1", "a", 0.0, NAN), ("b1", "b", 0.2, NAN)))
    assert json.loads(metrics.read_text())["auroc_3"] is None
