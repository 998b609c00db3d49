"""Long computations on few threads: clients take turns, equal requests share one run, and a run that nobody waits for any more stops."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from ssb.errors import SSBError
from ssb_app.asker import LOOK_SECONDS, Asker
from ssb_app.sample_cache import SampleCache
from ssb_app.turns import RoundRobin

V = TypeVar("V")
P = TypeVar("P")

WORKERS = 1
"""Runs at a time (our choice: one run uses all cores, so a second would only double the memory and delay the first)."""
WAITING_LIMIT = 128
CLIENT_LIMIT = 32
"""Runs that may wait, of all clients and of one (our choice: hours of work for the server, and no memory worth counting)."""
IDLE_SECONDS = 30.0
_STOP_SECONDS = 5.0


class BusyError(SSBError):
    """More requests are waiting than the server lets wait."""

    status = 503


class GoneError(SSBError):
    """The client hung up before its answer was there; nobody reads this."""

    status = 499


class Stopped(Exception):  # noqa: N818 (no error: nobody wants the result any more)
    """The run was asked to stop."""


class Run(Generic[V, P]):
    """One computation, and how far it is: its done share in [0, 1] and the latest early result, None before there is one.

    What computes calls `note` at every slice, which ends it where nobody waits.
    """

    def __init__(self, runs: Runs[V, P], key: str, make: Callable[[Run[V, P]], V]) -> None:
        self.key, self.make = key, make
        self.share = 0.0
        self.early: P | None = None
        self.started = self.ended = False
        self.value: V | None = None
        self.error: BaseException | None = None
        self.askers = 0
        self._runs = runs

    def note(self, share: float) -> None:
        """Tell the done share; raises Stopped where nobody waits any more."""
        self._runs.note(self, share)

    def note_early(self, early: P) -> None:
        """Tell the result so far."""
        self.early = early


class Ticket(Generic[V, P]):
    """One request's claim on a run, given back where the block ends that it is used in."""

    def __init__(self, runs: Runs[V, P], run: Run[V, P]) -> None:
        self.run = run
        self._runs = runs
        self._left = False

    def __enter__(self) -> Ticket[V, P]:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def result(self) -> V:
        """The value of a run that has ended; raises what the run raised."""
        if self.run.error is not None:
            raise self.run.error
        assert self.run.value is not None
        return self.run.value

    def wait(self, asker: Asker) -> V:
        """The run's value, once it has ended; raises what it raised, and GoneError where `asker.gone` is set before."""
        with self:
            while not self._runs.ended(self.run, LOOK_SECONDS):
                if asker.gone.is_set():
                    raise GoneError("The client hung up before its answer was there.")
            return self.result()

    def leave(self) -> None:
        """Wait no longer; safe to call twice, and after the end."""
        if not self._left:
            self._left = True
            self._runs.leave(self.run)


class Runs(Generic[V, P]):
    """Makes values for a cache, at most WORKERS at a time, in the order of `RoundRobin`.

    cancelled counts the runs that stopped, or never began, because everyone who asked for them had gone.
    """

    def __init__(self, cache: SampleCache[V]) -> None:
        self.cancelled = 0
        self._cache = cache
        self._waiting: RoundRobin[Run[V, P]] = RoundRobin()
        self._runs: dict[str, Run[V, P]] = {}
        self._workers = 0
        self._closing = False
        self._changed = threading.Condition()

    @property
    def busy(self) -> bool:
        """Whether a value is being made, or waits for its turn to be."""
        return bool(self._runs)

    @property
    def waiting(self) -> int:
        """How many runs wait for their turn."""
        with self._changed:
            return len(self._waiting)

    @property
    def running(self) -> int:
        """How many runs have their turn now."""
        with self._changed:
            return sum(run.started for run in self._runs.values())

    def ask(self, key: str, client: str, make: Callable[[Run[V, P]], V]) -> Ticket[V, P]:
        """A claim on the value of `key`: kept already, being made for somebody else, or made by `make` when it is the client's turn.

        Raises BusyError where CLIENT_LIMIT of this client's or WAITING_LIMIT runs wait already.
        """
        with self._changed:
            kept = self._cache.hit(key)
            if kept is not None:
                return Ticket(self, _ended(Run(self, key, make), kept))
            run = self._runs.get(key)
            if run is None:
                self._check_room(client)
                run = self._runs[key] = Run(self, key, make)
            else:
                self._cache.count_hit()
            run.askers += 1
            if not run.started:
                self._waiting.put(client, run)
            self._employ()
            return Ticket(self, run)

    def note(self, run: Run[V, P], share: float) -> None:
        """See `Run.note`."""
        with self._changed:
            run.share = share
            if not run.askers or self._closing:
                self._forget(run)
                raise Stopped

    def ended(self, run: Run[V, P], timeout: float) -> bool:
        """Whether the run has ended, after waiting for that no longer than `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: run.ended, timeout)

    def leave(self, run: Run[V, P]) -> None:
        """See `Ticket.leave`."""
        with self._changed:
            run.askers -= 1
            if not run.askers and not run.started and not run.ended:
                self._forget(run)

    def close(self) -> None:
        """Stop all runs, and return when that is done or after some seconds: a program must not end while one samples."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._workers, _STOP_SECONDS)

    def _check_room(self, client: str) -> None:
        if self._waiting.waiting(client) >= CLIENT_LIMIT or len(self._waiting) >= WAITING_LIMIT:
            raise BusyError(
                f"The server is busy: {len(self._waiting)} requests are waiting already, {self._waiting.waiting(client)} of them yours. "
                "Try again in a minute."
            )

    def _forget(self, run: Run[V, P]) -> None:
        """Let a run that nobody waits for be as if it had never been asked for."""
        self._waiting.drop(run)
        self._runs.pop(run.key, None)
        run.ended = True
        run.error = GoneError("The run was stopped, since nobody waited for it.")
        self.cancelled += 1
        self._changed.notify_all()

    def _employ(self) -> None:
        if len(self._waiting) and self._workers < WORKERS:
            self._workers += 1
            threading.Thread(target=self._work, name="sampling", daemon=True).start()
            if self._workers == 1:
                atexit.unregister(self.close)
                atexit.register(self.close)
        self._changed.notify_all()

    def _work(self) -> None:
        # One thread serves many runs: a new thread would make PyTorch start its own threads anew.
        while (run := self._next()) is not None:
            try:
                value = run.make(run)
            except Stopped:
                continue
            except BaseException as error:  # whoever waits is told
                self._settle(run, None, error)
            else:
                self._settle(run, value, None)

    def _next(self) -> Run[V, P] | None:
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) or self._closing, IDLE_SECONDS)
            run = None if self._closing else self._waiting.take()
            if run is None:
                self._workers -= 1
                self._changed.notify_all()
            else:
                run.started = True
            return run

    def _settle(self, run: Run[V, P], value: V | None, error: BaseException | None) -> None:
        with self._changed:
            self._runs.pop(run.key, None)
            if value is not None:
                self._cache.keep(run.key, value)
                run.share = 1.0
            run.value, run.error, run.ended = value, error, True
            self._changed.notify_all()


def _ended(run: Run[V, P], value: V) -> Run[V, P]:
    run.value, run.share, run.started, run.ended = value, 1.0, True, True
    return run
