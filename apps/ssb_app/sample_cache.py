"""Results kept in memory: made once, asked for often, dropped when the memory limit is reached."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class SampleCache(Generic[V]):
    """Values by key, least recently used dropped first.

    limit_bytes: the values' sizes together stay below it; the newest value is always kept, even when it alone is larger.
    size_of: bytes of one value.
    runs counts the values that were made, hits the answers that needed no run. Safe to use from many threads.
    """

    def __init__(self, limit_bytes: int, size_of: Callable[[V], int]) -> None:
        self.runs = 0
        self.hits = 0
        self._limit = limit_bytes
        self._size_of = size_of
        self._values: OrderedDict[str, V] = OrderedDict()
        self._bytes = 0
        self._making = 0
        self._state = threading.Lock()
        self._turn = threading.Lock()

    @property
    def busy(self) -> bool:
        """Whether `get_or_make` makes a value now."""
        return self._making > 0

    def get(self, key: str) -> V | None:
        """The value kept under `key`, or None; it counts as used, not as a hit."""
        with self._state:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def hit(self, key: str) -> V | None:
        """The value kept under `key`, counted as a hit, or None."""
        found = self.get(key)
        if found is not None:
            self.count_hit()
        return found

    def count_hit(self) -> None:
        """Count an answer that needed no run of its own."""
        with self._state:
            self.hits += 1

    def get_or_make(self, key: str, make: Callable[[], V]) -> V:
        """The value kept under `key`, else what `make` returns, which is kept; one value is made at a time."""
        found = self.hit(key)
        if found is not None:
            return found
        with self._state:
            self._making += 1
        try:
            with self._turn:
                found = self.hit(key)
                return found if found is not None else self.keep(key, make())
        finally:
            with self._state:
                self._making -= 1

    def keep(self, key: str, value: V) -> V:
        """Keep a value that was made."""
        with self._state:
            self.runs += 1
            self._values[key] = value
            self._bytes += self._size_of(value)
            while self._bytes > self._limit and len(self._values) > 1:
                _, dropped = self._values.popitem(last=False)
                self._bytes -= self._size_of(dropped)
        return value

    def values(self) -> list[V]:
        """What is kept, the most recently used last."""
        with self._state:
            return list(self._values.values())

    def clear(self) -> None:
        """Forget all values; the counters stay."""
        with self._state:
            self._values.clear()
            self._bytes = 0
