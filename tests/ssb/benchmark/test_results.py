"""Means, intervals, ratios and the best of a column, on made scores."""

from __future__ import annotations

import numpy as np
import pytest

from ssb.benchmark.entries import Entry
from ssb.benchmark.plan import Plan
from ssb.benchmark.results import against_best_rival, best_of, columns_of, compared, few_against_many, line_of
from ssb.benchmark.scoring import EntryScores

SHIPPED, FEW, MANY = Entry("shipped", 8, 4, True), Entry("ssbpp", 8, 4, True), Entry("ssbpp", 50, 4, False)
RIVAL, OTHER = Entry("ssn", 1, 4, True, independent=True), Entry("threshold", 1, 4, True)
PLAN = Plan((SHIPPED, FEW, MANY, RIVAL, OTHER), counts=(2, 4))
COLUMNS = columns_of(PLAN)
PATIENTS = ["a", "a", "b", "c"]


def made(ged: list[float], most: int = 4, unbiased: float = 0.1) -> EntryScores:
    """Scores at the numbers of samples up to `most`, all the same but the GED, which is given for each crop."""
    names = [f"{name}_{n}" for n in (2, 4) if n <= most for name in ("ged", "ged_unbiased", "hm_iou", "d_max", "d_ddi", "s_ncc", "ci")]
    columns = [np.array(ged) if name.startswith("ged_") and "un" not in name else np.full(4, unbiased) for name in names]
    columns += [np.full(4, 0.2), np.full(4, 4.0)]
    return EntryScores(np.arange(4), (*names, "rater_distance", "raters"), np.stack(columns, axis=1), np.zeros((4, 10, 3)))


SCORES = {
    "shipped-8": made([0.1, 0.1, 0.1, 0.1]),
    "ssbpp-8": made([0.2, 0.2, 0.2, 0.3]),
    "ssbpp-50": made([0.2, 0.2, 0.2, 0.2]),
    "ssn-1": made([0.4, 0.4, 0.4, 0.6]),
    "threshold-1": made([0.5, 0.5, 0.5, 0.5]),
}
LINES = [line_of(entry, SCORES[entry.key], COLUMNS, PATIENTS) for entry in PLAN.entries]


def test_columns_stand_in_the_tables_order() -> None:
    titles = "GED2 GED4 GED unbiased HM-IoU4 D_max4 D_DDI4 S_NCC4 CI4 ECE4 Brier4 AUROC4"
    assert " ".join(column.title for column in COLUMNS) == titles


def test_lines_hold_means_intervals_and_gaps() -> None:
    line = LINES[1]
    assert line.means["ged_2"] == pytest.approx(0.225)
    assert line.intervals["ged_2"] == pytest.approx((0.2, 0.3))  # one of 27 resamples holds patient c alone: above 2.5 %
    assert np.isnan(line.means["ece_4"])
    assert line.expected == frozenset()


def test_missing_counts_are_expected_for_independent_samples_alone() -> None:
    few = made([0.5] * 4, most=2, unbiased=0.2)
    # D_SS / 2 = 0.5 - 0.2 - 0.2 / 4 = 0.25, so at 4 samples 0.2 + 0.125 + 0.05
    line = line_of(RIVAL, few, COLUMNS, PATIENTS)
    assert (line.means["ged_4"], line.expected) == (pytest.approx(0.375), {"ged_4"})
    assert np.isnan(line.means["hm_iou_4"])
    assert np.isnan(line_of(OTHER, few, COLUMNS, PATIENTS).means["ged_4"])


def test_best_leaves_the_shipped_one_out() -> None:
    best = best_of(LINES, COLUMNS)
    assert best["ged_2"] == pytest.approx(0.2)
    assert "ece_4" not in best


def test_ratio_is_paired() -> None:
    found = compared(FEW, RIVAL, SCORES, PATIENTS, COLUMNS[0])
    assert found.ratio == pytest.approx(0.5)
    assert found.interval == pytest.approx((0.5, 0.5))  # every crop has half its rival's GED


def test_bridges_meet_the_best_rival() -> None:
    found = against_best_rival(LINES, SCORES, PATIENTS, COLUMNS[0])
    assert [(one.first, one.second) for one in found] == [("shipped-8", "ssn-1"), ("ssbpp-8", "ssn-1"), ("ssbpp-50", "ssn-1")]
    assert against_best_rival(LINES[:3], SCORES, PATIENTS, COLUMNS[0]) == ()


def test_few_evaluations_meet_many_of_the_same_method() -> None:
    (found,) = few_against_many(LINES, SCORES, PATIENTS, COLUMNS[0])
    assert (found.first, found.second, found.ratio) == ("ssbpp-8", "ssbpp-50", pytest.approx(1.125))


def test_no_ratio_over_a_perfect_rival() -> None:
    scores = {"ssbpp-8": SCORES["ssbpp-8"], "ssn-1": made([0.0] * 4), "threshold-1": made([0.0, 0.0, 0.0, 0.4])}
    over_nothing, over_some = (compared(FEW, rival, scores, PATIENTS, COLUMNS[0]) for rival in (RIVAL, OTHER))
    assert np.isnan([over_nothing.ratio, *over_nothing.interval]).all()
    assert over_some.ratio == pytest.approx(2.25)
    assert np.isnan(over_some.interval).all()  # some resamples hold the first two patients alone
