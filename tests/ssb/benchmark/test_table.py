from dataclasses import replace

from ssb.benchmark.entries import Entry
from ssb.benchmark.table import candidates_notes
from ssb.bridge_method import BridgeMethod
from ssb.presets import PRESETS


def test_a_note_says_where_samples_are_chosen_from_candidates() -> None:
    entries = [Entry("shipped", nfe, 32, everywhere=False) for nfe in (2, 8)]
    learnt = BridgeMethod(replace(PRESETS["tiny"], loss="path", nfe=2))
    assert candidates_notes(entries, learnt) == ["With 8 NFE its samples are chosen from 4 candidates each, 2 evaluations a candidate."]
    assert candidates_notes(entries, BridgeMethod(PRESETS["tiny"])) == []
