"""How far running requests are, for viewers that show a bar."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ssb.errors import InputError

LONGEST_WORD = 64


class Progress:
    """The done share of every running request that a client gave a word of its own. Safe to use from many threads."""

    def __init__(self) -> None:
        self._shares: dict[str, float] = {}
        self._state = threading.Lock()

    @contextmanager
    def of(self, word: str) -> Iterator[Callable[[float], None]]:
        """For the block that serves the request: what its done share in [0, 1] is told to.

        Raises InputError for a word of no or more than LONGEST_WORD characters, or one under which another request runs.
        """
        if not 0 < len(word) <= LONGEST_WORD:
            raise InputError(f"The word for the progress has {len(word)} characters, but it must have 1 to {LONGEST_WORD}.")
        with self._state:
            if word in self._shares:
                raise InputError(f"Another request runs under the word {word!r}: choose a word of its own for each.")
            self._shares[word] = 0.0
        try:
            yield lambda share: self._note(word, share)
        finally:
            with self._state:
                del self._shares[word]

    def share(self, word: str) -> float | None:
        """How far the request is; None where none runs under that word: it has not come yet, or it has its answer."""
        with self._state:
            return self._shares.get(word)

    def _note(self, word: str, share: float) -> None:
        with self._state:
            self._shares[word] = share
