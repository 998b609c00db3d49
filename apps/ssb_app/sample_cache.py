"""Results kept in memory: made once, asked for often, dropped when the memory limit is reached."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from ssb.errors import SSBError

V = TypeVar("V")

WAITING_LIMIT = 8
"""Requests that may wait for their turn (our choice: each of them holds one of the server's 40 worker threads)."""


class BusyError(SSBError):
    """More requests are waiting than the server lets wait."""

    status = 503


class SampleCache(Generic[V]):
    """Values by key, least recently used dropped first, and one computation at a time.

    limit_bytes: the values' sizes together stay below it; the newest value is always kept, even when it alone is larger.
    size_of: bytes of one value.
    runs counts the values that were made, hits the answers that needed no run. Safe to use from many threads: two threads that
    ask for the same key share one run.
    """

    def __init__(self, limit_bytes: int, size_of: Callable[[V], int]) -> None:
        self.runs = 0
        self.hits = 0
        self._limit = limit_bytes
        self._size_of = size_of
        self._values: OrderedDict[str, V] = OrderedDict()
        self._bytes = 0
        self._waiting = 0
        self._state = threading.Lock()
        self._turn = threading.Lock()

    @property
    def busy(self) -> bool:
        """Whether a value is being made, or waits for its turn to be."""
        return self._waiting > 0

    @property
    def waiting(self) -> int:
        """How many requests make a value or wait for their turn to."""
        return self._waiting

    def get(self, key: str) -> V | None:
        """The value kept under `key`, or None; it counts as used, not as a hit."""
        with self._state:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def get_or_make(self, key: str, make: Callable[[], V]) -> V:
        """The value kept under `key`, else what `make` returns, which is kept. Raises BusyError where too many wait already."""
        found = self._hit(key)
        if found is not None:
            return found
        self._queue_up()
        try:
            with self._turn:
                found = self._hit(key)
                return found if found is not None else self._keep(key, make())
        finally:
            with self._state:
                self._waiting -= 1

    def values(self) -> list[V]:
        """What is kept, the most recently used last."""
        with self._state:
            return list(self._values.values())

    def clear(self) -> None:
        """Forget all values; the counters stay."""
        with self._state:
            self._values.clear()
            self._bytes = 0

    def _hit(self, key: str) -> V | None:
        found = self.get(key)
        if found is not None:
            with self._state:
                self.hits += 1
        return found

    def _queue_up(self) -> None:
        with self._state:
            if self._waiting > WAITING_LIMIT:
                raise BusyError(f"The server is busy: {WAITING_LIMIT} requests are waiting already, try again in a minute.")
            self._waiting += 1

    def _keep(self, key: str, value: V) -> V:
        with self._state:
            self.runs += 1
            self._values[key] = value
            self._bytes += self._size_of(value)
            while self._bytes > self._limit and len(self._values) > 1:
                _, dropped = self._values.popitem(last=False)
                self._bytes -= self._size_of(dropped)
        return value
