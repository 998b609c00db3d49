"""Figures, tables and page of a made outcome with every method of the table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ssb.benchmark.contenders import Contender
from ssb.benchmark.curves import draw_ged_curves, draw_reliability
from ssb.benchmark.entries import ENTRIES, RECIPES
from ssb.benchmark.gallery import draw_disagreement, draw_gallery, shown_crops, shown_entries
from ssb.benchmark.outcome import Outcome, sections_of
from ssb.benchmark.plan import Plan
from ssb.benchmark.results import columns_of
from ssb.benchmark.scoring import EntryScores
from ssb.benchmark.table import html_table, markdown, sheets_of
from ssb.bridge_method import BridgeMethod
from ssb.datasets.crops import CropSet
from ssb.presets import PRESETS
from tests.lidc_folder import disc

COUNT = 30
NAMES = ("ged", "ged_unbiased", "hm_iou", "d_max", "d_ddi", "s_ncc", "ci", "ece", "brier", "auroc")


def made_crops() -> CropSet:
    images = np.stack([np.where(disc(64, 64, 9), 200, 60 + n).astype(np.uint8) for n in range(COUNT)])
    bits = np.stack([sum(disc(64, 64, 7 + k).astype(np.uint8) << k for k in range(3)) for _ in range(COUNT)])
    names = [f"N{n:02d}" for n in range(COUNT)]
    return CropSet("test", images, bits, names, [f"P{n // 3}" for n in range(COUNT)], [0] * COUNT, 4)


def made_scores(plan: Plan, entry_number: int) -> EntryScores:
    entry = plan.entries[entry_number]
    crops = plan.crops_of(entry, COUNT)
    rng = np.random.default_rng(entry_number)
    names = tuple(f"{name}_{n}" for n in plan.counts_of(entry) for name in NAMES)
    values = 0.2 + 0.01 * entry_number + 0.1 * rng.random((len(crops), len(names)))
    bins = np.stack([np.full(10, 200.0), 200 * (np.arange(10) + 0.5) / 10, 200 * ((np.arange(10) + 0.5) / 10) ** 1.2], axis=1)
    whole = np.concatenate([values, np.full((len(crops), 1), 0.4), np.full((len(crops), 1), 4.0)], axis=1)
    return EntryScores(crops, (*names, "rater_distance", "raters"), whole, np.repeat(bins[None], len(crops), axis=0))


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    plan, crops = Plan(ENTRIES, subset=12), made_crops()
    scores = {entry.key: made_scores(plan, number) for number, entry in enumerate(ENTRIES)}
    method = BridgeMethod(PRESETS["tiny"])
    ready = {recipe.name: Contender(recipe, method, f"{recipe.name}-1", 100, 60.0, "0" * 64) for recipe in RECIPES}
    seconds = {entry.key: 0.01 * entry.nfe * (1 + 0.2 * number) for number, entry in enumerate(ENTRIES)}
    return Outcome(plan, columns_of(plan), ready, scores, sections_of(plan, crops, scores), seconds, "test", "cpu", 1)


def picture(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def test_curves_and_reliability_are_drawn_the_same_twice(outcome: Outcome, tmp_path: Path) -> None:
    entries = shown_entries(ENTRIES)
    assert [(entry.method, entry.nfe) for entry in entries][:3] == [("shipped", 50), ("ssbpp", 50), ("ssb", 50)]
    pictures = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        draw_ged_curves(outcome, folder / "nfe.png", folder / "time.png")
        draw_reliability(outcome, entries, folder / "reliability.png")
        pictures.append([picture(folder / name) for name in ("nfe.png", "time.png", "reliability.png")])
    for first, second in zip(*pictures, strict=True):
        np.testing.assert_array_equal(first, second)
        assert len(np.unique(first.reshape(-1, 3), axis=0)) > 20
    assert not np.array_equal(pictures[0][0], pictures[0][1])


def test_galleries_show_marked_crops_of_different_patients(tmp_path: Path) -> None:
    crops = made_crops()
    crops.bits[:3] = 1
    shown = shown_crops(crops, np.arange(COUNT), 0)
    assert len({crops.patients[index] for index in shown}) == 3
    assert min(shown) >= 3
    assert shown == shown_crops(crops, np.arange(COUNT), 0)
    entries = shown_entries(ENTRIES)[:2]
    samples = {entry.key: np.stack([disc(64, 64, 5 + n) for n in range(16)]) for entry in entries}
    draw_gallery(crops[shown[0]], entries, samples, tmp_path / "gallery.png")
    draw_disagreement([crops[index] for index in shown], entries, [samples] * 3, tmp_path / "maps.png")
    outlined = picture(tmp_path / "gallery.png").reshape(-1, 3)
    for color in ((0xFF, 0xD2, 0x3F), (0x4C, 0xC9, 0xF0)):
        assert (outlined == color).all(axis=1).sum() > 100
    assert picture(tmp_path / "maps.png").std() > 10


def test_tables_mark_best_and_expected(outcome: Outcome) -> None:
    sheets = sheets_of(outcome)
    assert [len(section.lines) for section in outcome.sections] == [8, 17]
    everything, subset = (sheet for sheet in sheets if "method" in sheet.header and "seconds" in sheet.header)
    assert everything.title == "All crops (30 crops of 10 patients)"
    assert subset.title.startswith("Every entry on the same subset (12 crops of ")
    rows = {row[0].text: row for row in subset.rows}
    assert rows["Conditional diffusion, 1000 NFE"][1].text.endswith("*")
    assert rows["Conditional diffusion, 1000 NFE"][5].text == "-"
    assert rows["SSB++, 50 NFE"][3].text == "-"  # stratified samples: GED100 is not told from 32
    assert not any(cell.bold for name, row in rows.items() if name.startswith("SSB++ (shipped)") for cell in row)
    assert all(any(row[column].bold for row in subset.rows) for column in range(1, 13))
    assert "not drawn" in subset.note
    assert "not drawn" not in everything.note


def test_markdown_and_html_agree(outcome: Outcome) -> None:
    for sheet in sheets_of(outcome):
        text, page = markdown(sheet), html_table(sheet)
        assert text.count("\n| ") == len(sheet.rows) + 2
        assert page.count("<tr>") == len(sheet.rows) + 1
        assert text.count("**") == 2 * page.count("class=best")
