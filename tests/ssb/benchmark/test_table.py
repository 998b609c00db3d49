from dataclasses import replace

from ssb.benchmark.entries import Entry
from ssb.benchmark.table import turns_notes
from ssb.presets import PRESETS


def test_a_note_says_where_samples_take_turns_instead_of_more_evaluations() -> None:
    entries = [Entry("shipped", nfe, 32, everywhere=False) for nfe in (2, 8, 50)]
    learnt = replace(PRESETS["tiny"], loss="path", nfe=2)
    assert turns_notes(entries, learnt) == ["With 8 NFE its samples take turns at 4 symmetries of the image, 2 evaluations each."]
    assert turns_notes(entries, PRESETS["tiny"]) == []
