"""The cases of a cohort on several processes of this machine."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from ssb.cohort.sheet import Case
from ssb.cohort.work import Outcome, Settings, sample_case

TRIES = 2
"""How often a case is begun whose process was killed, as a system without memory does (our choice)."""


def on_processes(cases: Sequence[Case], settings: Settings, workers: int, threads: int) -> Iterator[Outcome]:
    """The outcomes, each as soon as it is there, in no particular order.

    workers: processes; threads: of each. When a process is killed, the cases that were being sampled begin again, one at a time, so that
    the one that is to blame is found; after TRIES it is given up and the others go on. Closing the iterator, and whatever interrupts it,
    ends the processes at once: results are written beside and renamed, so none is cut.
    """
    left, suspects = deque(cases), deque[Case]()
    while left or suspects:
        alone = bool(suspects)
        queue, limit = (suspects, 1) if alone else (left, workers)
        begun: dict[Future[Outcome], Case] = {}
        others = set(multiprocessing.active_children())
        # Ctrl-C reaches every process of a terminal: this one alone acts on it
        pool = ProcessPoolExecutor(limit, multiprocessing.get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN))
        try:
            while queue or begun:
                while queue and len(begun) < limit:
                    begun[pool.submit(sample_case, queue[0], settings, threads)] = queue[0]
                    queue.popleft()
                for future in wait(begun, return_when=FIRST_COMPLETED).done:
                    outcome = future.result()
                    del begun[future]
                    yield outcome
        except BrokenProcessPool:
            if alone:
                yield from _given_up(begun.values())
            else:
                suspects.extend(begun.values())
        except BaseException:
            for process in set(multiprocessing.active_children()) - others:
                process.kill()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _given_up(cases: Iterable[Case]) -> Iterator[Outcome]:
    for case in cases:
        yield Outcome(case.id, f"The process that sampled it was killed {TRIES} times, as happens where the memory does not suffice.")
