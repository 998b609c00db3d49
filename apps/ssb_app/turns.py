"""Whose turn it is: clients take turns, whoever has asked for how much."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class RoundRobin(Generic[T]):
    """Items that wait, each in the line of a client, first come first served within it.

    The clients' lines are served one item each in turn: a client that asks for much waits for itself, not the others for it. An item may
    stand in the lines of several clients; it leaves all of them when the first of these has its turn. Not safe to use from many threads.
    """

    def __init__(self) -> None:
        self._lines: OrderedDict[str, deque[T]] = OrderedDict()

    def __len__(self) -> int:
        return len({id(item) for line in self._lines.values() for item in line})

    def waiting(self, client: str) -> int:
        """How many items stand in the client's line."""
        return len(self._lines.get(client, ()))

    def put(self, client: str, item: T) -> None:
        """Let the item wait at the end of the client's line, where it does not stand in it already."""
        line = self._lines.setdefault(client, deque())
        if item not in line:
            line.append(item)

    def take(self) -> T | None:
        """The next item, which waits no longer; None where none waits."""
        if not self._lines:
            return None
        client, line = next(iter(self._lines.items()))
        item = line[0]
        self._lines.move_to_end(client)
        self.drop(item)
        return item

    def drop(self, item: T) -> None:
        """Let the item wait no longer."""
        for client, line in list(self._lines.items()):
            if item in line:
                line.remove(item)
            if not line:
                del self._lines[client]
