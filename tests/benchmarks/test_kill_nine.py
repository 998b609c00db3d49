"""The real server is killed while two raters submit, and starts again on the same folder."""

from __future__ import annotations

from pathlib import Path

from benchmarks.kill_nine import kill_often


def test_two_kills_lose_nothing(checkpoint: Path) -> None:
    found = kill_often(2, checkpoint)
    assert found["acknowledged"] >= 2
    assert found["kept"] >= found["acknowledged"]
    assert (found["acknowledged_lost"], found["changed"]) == (0, 0)
