"""The table in the terminal."""

from __future__ import annotations

import numpy as np

from ssb.outputs.table import table
from ssb.plausible import Box, Request, SampleSet


def test_shares_volumes_and_notes_are_told() -> None:
    masks = np.zeros((4, 10, 10, 10), bool)
    masks[:3] = True
    request = Request((5, 5, 5), 4, 1, 0.0, 0)
    found = SampleSet(masks, Box((0, 0, 0), (10, 10, 10)), (20, 20, 20), np.eye(4), request, "tiny-1", notes=("Only 4 masks.",))
    lines = [" ".join(line.split()) for line in table(found).splitlines()]
    assert lines[0] == "share volume"
    assert lines[1:3] == ["interpretation 1 75% 1.000 mL", "no lesion 25% 0.000 mL"]
    assert lines[3].startswith("volume 1.000 mL (5-95 %: 0.")
    assert lines[-2].startswith("agreement 0.50 (mean pairwise Dice of the 4 samples)")
    assert lines[-1] == "Only 4 masks."
