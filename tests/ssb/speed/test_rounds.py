"""Rounds in turns, ratios within a round, the peak of memory."""

from __future__ import annotations

import numpy as np

from ssb.speed.rounds import Taken, Work, in_rounds, peak_memory, ratio


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
    with peak_memory() as peak:
        large = np.ones(64 * 2**20, dtype=np.uint8)
        peak.look()
        del large
    assert 60 <= peak.above <= 200
