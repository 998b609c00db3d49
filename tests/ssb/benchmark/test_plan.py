"""Which crops and how many samples each entry gets."""

from __future__ import annotations

import pytest

from ssb.benchmark.entries import ENTRIES, RECIPES, Entry, recipes_for, title_of
from ssb.benchmark.plan import COMMON, Plan, entries_of
from ssb.errors import InputError

FAST, SLOW, SLOWEST = Entry("ssbpp", 8, 100, everywhere=True), Entry("ssbpp", 50, 32, everywhere=False), Entry("diffusion", 1000, 2, False)


def test_table_of_entries_is_whole() -> None:
    assert len({entry.key for entry in ENTRIES}) == len(ENTRIES)
    assert {entry.method for entry in ENTRIES} == {recipe.name for recipe in RECIPES}
    assert [entry.nfe for entry in ENTRIES if entry.method == "diffusion"] == [50, 250, 1000]
    assert all(entry.samples >= COMMON for entry in ENTRIES if entry.everywhere)
    assert [title_of(entry) for entry in ENTRIES if entry.method in ("ssn", "ssb")] == ["SSB, 50 NFE", "SSN"]


def test_slow_entries_go_to_the_subset_with_fewer_samples() -> None:
    plan = Plan((FAST, SLOW, SLOWEST), subset=20)
    assert [plan.counts_of(entry) for entry in plan.entries] == [(16, 32, 100), (16, 32), (2,)]
    assert [len(plan.crops_of(entry, 50)) for entry in plan.entries] == [50, 20, 20]
    assert set(plan.crops_of(SLOW, 50)) < set(range(50))
    assert list(plan.crops_of(SLOW, 50)) == list(plan.crops_of(SLOWEST, 50))


def test_more_on_request() -> None:
    assert [Plan((FAST, SLOW), everywhere=("ssbpp-50",)).on_all(entry) for entry in (FAST, SLOW, SLOWEST)] == [True, True, False]
    full = Plan((SLOWEST,), full=True)
    assert (full.counts_of(SLOWEST), full.on_all(SLOWEST)) == ((16, 32, 100), True)


def test_limited_crops_hold_the_subset() -> None:
    plan = Plan((SLOW,), subset=10, limit=30)
    assert len(plan.all_crops(50)) == 30
    assert set(plan.subset_crops(50)) < set(plan.all_crops(50))
    assert len(Plan((SLOW,), subset=99, limit=30).subset_crops(50)) == 30
    assert list(Plan((SLOW,), subset=10, seed=1).subset_crops(50)) != list(Plan((SLOW,), subset=10).subset_crops(50))


def test_common_number_of_samples() -> None:
    assert (Plan((SLOW,)).common, Plan((SLOW,), counts=(2, 4)).common) == (32, 4)


def test_unknown_names_get_a_sentence() -> None:
    with pytest.raises(
        InputError, match="There is no method 'ssb' for the preset tiny: choose from shipped, ssbpp, probabilistic_unet, ssn"
    ):
        recipes_for("tiny", ["ssb"])
    with pytest.raises(InputError, match="There is no entry 'ssbpp-51': choose from ssbpp-4, ssbpp-8, ssbpp-16, ssbpp-50\\."):
        entries_of(["ssbpp"], ["ssbpp-51"])
    assert [recipe.name for recipe in recipes_for("lung_nodule_ct", ["ssb", "ssbpp"])] == ["ssbpp", "ssb"]
