"""Rounds in turns, ratios within a round, the peak of memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ssb.speed.rounds import Taken, Work, in_rounds, ratio

LIB = Path(__file__).resolve().parents[3] / "lib"


def test_works_take_turns() -> None:
    seen: list[str] = []
    works = {"a": Work(lambda: seen.append("a")), "b": Work(lambda: seen.append("b"), warm=False)}
    taken = in_rounds(works, 2, "test")
    assert seen == ["a", "a", "b", "a", "b"]
    assert {name: len(one.seconds) for name, one in taken.items()} == {"a": 2, "b": 2}


def test_a_part_is_told_as_the_whole() -> None:
    def wait() -> None:
        import time

        time.sleep(0.02)

    taken = in_rounds({"part": Work(wait, share=1 / 10, warm=False)}, 1, "test")
    assert 0.2 <= taken["part"].median < 2


def test_the_ratio_is_within_a_round() -> None:
    assert ratio({"a": Taken([2.0, 30.0, 4.0]), "b": Taken([1.0, 10.0, 2.0])}, "a", "b") == 2.0


def test_the_peak_counts_what_was_given_back() -> None:
    # in a process of its own: what else this one gives back meanwhile would hide it
    code = """
import numpy as np
from ssb.speed.rounds import peak_memory
with peak_memory() as peak:
    large = np.ones(64 * 2**20, dtype=np.uint8)
    peak.look()
    del large
print(peak.above)
"""
    told = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(LIB)}, capture_output=True, text=True, check=True
    )
    assert 60 <= float(told.stdout) <= 200
