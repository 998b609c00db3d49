from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ssb.datasets.study import Skipped
from ssb.raters.figure import rater_color
from ssb.raters.files import write_report
from ssb.raters.report import RatersReport
from tests.readings_made import balls, bars, read


@pytest.fixture
def small() -> RatersReport:
    """a and b looked at image one, where b misses a lesion; c never did. All three looked at image two."""
    one = read("one", {"a": bars((0, 4), (20, 24)), "b": bars((2, 6))})
    two = read("two", {"a": bars((0, 4)), "b": bars((0, 4)), "c": bars()})
    return RatersReport((one, two), {"one": {"a": {"latest": 2, "versions": [{}, {}]}}}, (Skipped("three", "It is broken."),))


def test_marked_not_marked_and_absent_are_three_things(small: RatersReport) -> None:
    images = small.as_dict()["images"]
    said = [{rater: one["presence"] for rater, one in lesion["raters"].items()} for lesion in images["one"]["lesions"]]
    assert said == [{"a": "marked", "b": "marked", "c": "absent"}, {"a": "marked", "b": "not marked", "c": "absent"}]
    missed = images["one"]["lesions"][1]["raters"]
    assert (missed["b"]["volume_ml"], missed["c"]["volume_ml"]) == (0, None)
    assert images["two"]["lesions"][0]["raters"]["c"]["presence"] == "not marked"
    assert list(images["one"]["raters"]) == ["a", "b"]


def test_an_image_says_who_handed_in_what(small: RatersReport) -> None:
    found = small.as_dict()
    assert found["images"]["one"]["raters"]["a"] == {
        "latest": 2,
        "versions": [{}, {}],
        "lesions": 2,
        "volume_ml": pytest.approx(0.02),
        "diameter_mm": pytest.approx(17**0.5),
        "d_ddi_left_out": None,
    }
    assert found["images"]["one"]["pairs"] == [{"raters": ["a", "b"], "dice": pytest.approx(1 / 3), "iou": pytest.approx(0.2)}]
    assert found["skipped"] == [{"id": "three", "reason": "It is broken."}]


def test_a_rater_in_numbers(small: RatersReport) -> None:
    found = small.as_dict()["raters"]
    assert {rater: (one["images"], one["images_without_lesion"], one["lesions"]) for rater, one in found.items()} == {
        "a": (2, 0, 3),
        "b": (2, 0, 2),
        "c": (1, 1, 0),
    }
    assert found["a"]["volume_ml"]["median"] == pytest.approx(0.01)
    assert found["c"]["volume_ml"] is None
    assert found["b"]["detection"]["missed_median_ml"] == pytest.approx(0.01)
    # on image two without c both draw the same: pairs and mean mask move alike whoever of a and b is left out
    assert found["a"]["d_ddi_left_out"]["value"] == pytest.approx(found["b"]["d_ddi_left_out"]["value"])
    assert found["c"]["d_ddi_left_out"]["value"] > found["a"]["d_ddi_left_out"]["value"] > 0


def test_findings_are_sentences() -> None:
    larger = RatersReport(tuple(balls(8, {"ann": 0, "bob": 2, "cy": 0})), {})
    (sentence,) = larger.findings
    assert sentence.startswith("bob draws larger: volumes are ")
    assert sentence.endswith(", 8 lesions).")
    misses = RatersReport(
        tuple(read(f"{n}", {"a": bars((0, 4), (9, 12)), "b": bars((0, 4), (9, 12)), "c": bars((0, 4))}) for n in range(5)), {}
    )
    assert misses.findings == [
        "c misses lesions: found 5 of the 10 that most of the others marked (50 %, 95 %: 24 to 76 %), "
        "the missed ones with a median of 0.01 mL."
    ]
    assert RatersReport((), {}).findings == []


def test_the_files_hold_the_report(small: RatersReport, tmp_path: Path) -> None:
    numbers, table, picture = write_report(small, tmp_path)
    assert json.loads(numbers.read_text()) == json.loads(json.dumps(small.as_dict(), allow_nan=False))
    with table.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["image"], row["lesion"], row["rater"], row["presence"]) for row in rows] == [
        ("one", "1", "a", "marked"),
        ("one", "1", "b", "marked"),
        ("one", "1", "c", "absent"),
        ("one", "2", "a", "marked"),
        ("one", "2", "b", "not marked"),
        ("one", "2", "c", "absent"),
        ("two", "1", "a", "marked"),
        ("two", "1", "b", "marked"),
        ("two", "1", "c", "not marked"),
    ]
    assert (float(rows[4]["volume_ml"]), rows[5]["volume_ml"]) == (0, "")
    assert [row["i"] for row in rows[:4:3]] == ["3", "22"]
    assert Image.open(picture).size == (2240, 1260)


@pytest.mark.parametrize("raters", [1, 2, 9])
def test_the_picture_is_drawn_for_few_and_many_raters_and_shows_them(raters: int, tmp_path: Path) -> None:
    images = balls(3, {f"rater with a long name {n}": 0.0 for n in range(raters)})
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        write_report(RatersReport(tuple(images), {}), folder)
    assert (tmp_path / "a" / "raters.png").read_bytes() == (tmp_path / "b" / "raters.png").read_bytes()
    pixels = np.asarray(Image.open(tmp_path / "a" / "raters.png").convert("RGB"))
    assert (np.abs(pixels - 255 * np.array(rater_color(0))) < 1).all(axis=2).any()


def test_a_report_of_nothing_is_a_report(tmp_path: Path) -> None:
    found = json.loads(write_report(RatersReport((), {}), tmp_path)[0].read_text())
    assert (found["images"], found["raters"], found["pairs"], found["findings"]) == ({}, {}, [], [])
