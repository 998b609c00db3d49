"""Times of several works taken in turns, so that what else the machine does strikes all alike; and the memory that one takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import psutil
from tqdm import tqdm

LOOK_SECONDS = 0.005
MB = 2**20


@dataclass(frozen=True)
class Work:
    """What is timed: `run` does it once and returns when its result is on the CPU.

    share: the part of the whole that `run` does, where all of it would take too long; the seconds told are those of the whole, which
    is exact only where the cost is proportional. warm: run once before, untimed.
    """

    run: Callable[[], object]
    share: float = 1.0
    warm: bool = True


@dataclass
class Taken:
    """Seconds of every round."""

    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Seconds in the middle of the rounds."""
        return float(np.median(self.seconds))


def in_rounds(works: Mapping[str, Work], rounds: int, told: str) -> dict[str, Taken]:
    """Every work once a round, in their order; `told` names the bar on stderr."""
    for work in works.values():
        if work.warm:
            work.run()
    taken = {name: Taken() for name in works}
    with tqdm(total=rounds * len(works), desc=told, unit="run") as bar:
        for _ in range(rounds):
            for name, work in works.items():
                started = time.perf_counter()
                work.run()
                taken[name].seconds.append((time.perf_counter() - started) / work.share)
                bar.update()
    return taken


def ratio(taken: Mapping[str, Taken], name: str, to: str) -> float:
    """How many times as long one work takes as another: the median over the rounds of the ratio within a round."""
    pairs = zip(taken[name].seconds, taken[to].seconds, strict=True)
    return float(np.median([a / b for a, b in pairs]))


class Peak:
    """The most memory of a process, looked at every 5 ms. above: MB above what it held at the start."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._start = self._most = process.memory_info().rss

    def look(self) -> None:
        """Look once more."""
        self._most = max(self._most, self._process.memory_info().rss)

    @property
    def above(self) -> float:
        """MB above the start."""
        return (self._most - self._start) / MB


@contextmanager
def peak_memory(pid: int | None = None) -> Iterator[Peak]:
    """Watches the resident memory of a process, this one by default, while the block runs; yields its `Peak`."""
    peak, over = Peak(psutil.Process(pid)), threading.Event()

    def watch() -> None:
        while not over.wait(LOOK_SECONDS):
            peak.look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()
        peak.look()
