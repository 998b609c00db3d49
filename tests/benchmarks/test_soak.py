"""Two minutes of the soak with its start and checks, or as many minutes as SSB_SOAK_MINUTES says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.soak import soak

CLIENTS = 8
MINUTES = float(os.environ.get("SSB_SOAK_MINUTES", "1.25"))


@pytest.mark.timeout(60 * MINUTES + 300)
def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    found = soak(MINUTES, clients=CLIENTS, every=25, out=tmp_path)
    assert found["faults"]["kills"] >= 2
    assert found["acknowledged"] >= 10
    assert found["found"] == found["served"] == found["acknowledged_in_audit"] == found["acknowledged"]
    assert (found["lost"], found["changed"], found["damaged_files"], found["audit_problems"]) == (0, 0, [], [])
    assert (found["errors_of_status_500"], found["refused_without_a_sentence"]) == ([], [])
    assert found["sample_sets_compared"] > 0
    assert found["sample_sets_changed"] == 0
