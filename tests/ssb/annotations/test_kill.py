"""A process that is killed at any moment loses no annotation that it acknowledged."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import numpy as np

from ssb.annotations.annotation import Origin
from ssb.annotations.store import AnnotationStore

KILLS = 60
LONGEST_LIFE = 8
"""In submissions: the kills must hit a slow machine in the middle of its work too."""


def made(seed: int) -> np.ndarray:
    """A random mask, (24, 20, 9) bool."""
    return np.random.default_rng(seed).random((24, 20, 9)) < 0.3


def submit_for_ever(root: Path, first: int, pipe: int) -> None:
    """Submit masks of the seeds `first`, `first` + 1 ..., and write each seed and version to the pipe once it is kept."""
    store = AnnotationStore(root)
    for seed in range(first, first + 10_000):
        found = store.submit("ct", "anna", made(seed), np.eye(4), Origin(sample_set=str(seed)))
        os.write(pipe, f"{seed} {found.version}\n".encode())


def seconds_a_submission(root: Path) -> float:
    store, started = AnnotationStore(root), time.perf_counter()
    for seed in range(5):
        store.submit("ct", "anna", made(seed), np.eye(4), Origin())
    return (time.perf_counter() - started) / 5


def test_kill_nine_at_random_moments(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    longest = LONGEST_LIFE * seconds_a_submission(tmp_path / "timed")
    tmp_path = tmp_path / "killed"
    context = multiprocessing.get_context("fork")
    acknowledged: dict[int, int] = {}
    for life in range(KILLS):
        receiving, sending = os.pipe()
        process = context.Process(target=submit_for_ever, args=(tmp_path, 10_000 * life, sending))
        process.start()
        os.close(sending)
        time.sleep(rng.uniform(0, longest))
        process.kill()
        process.join()
        with os.fdopen(receiving) as pipe:
            acknowledged |= {int(version): int(seed) for seed, version in (line.split() for line in pipe)}
    store = AnnotationStore(tmp_path)
    versions = store.versions("ct", "anna")
    kept = {one.version: int(one.origin.sample_set) for one in versions}
    assert len(acknowledged) > KILLS / 2
    assert acknowledged.items() <= kept.items()
    assert sorted(kept) == list(range(1, len(kept) + 1))
    for one in versions:
        np.testing.assert_array_equal(store.read(one).array, made(kept[one.version]))
    interrupted = len(list((tmp_path / ".incoming").iterdir()))
    assert interrupted > KILLS / 6
