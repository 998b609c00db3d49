"""How many logins may fail: passwords are not to be found by trying them."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import ip_address, ip_network

from ssb_app.access.errors import TooManyAttemptsError

SECONDS = 300.0
"""Over which failures are counted (our choice)."""

PAIR, USER, ADDRESS = 5, 50, 50
"""Failures allowed to one user from one address, to one user from anywhere, and to one address (our choice: who mistypes is soon let in
again, a shared address is not shut by one, and ten thousand guesses take two weeks)."""

LARGEST = 10_000
"""Keys remembered of each kind; the one that failed longest ago is forgotten first."""


class Attempts:
    """Counts failures of the last SECONDS by key."""

    def __init__(self, allowed: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._allowed, self._clock = allowed, clock
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def begin(self, key: str) -> None:
        """Count an attempt as failed before it is tried, so that many at once are no way around; a TooManyAttemptsError after too many."""
        now = self._clock()
        times = self._failed.setdefault(key, deque(maxlen=self._allowed))
        self._failed.move_to_end(key)
        while times and times[0] <= now - SECONDS:
            times.popleft()
        if len(times) == self._allowed:
            raise TooManyAttemptsError(times[0] + SECONDS - now)
        times.append(now)
        while len(self._failed) > LARGEST:
            self._failed.popitem(last=False)

    def succeeded(self, key: str, forget: bool) -> None:
        """The last attempt was right; forget: all failures before it too."""
        times = self._failed.get(key)
        if times and not forget:
            times.pop()
        if forget or not times:
            self._failed.pop(key, None)


class Guard:
    """The three counts of a login: by user and address, by user, and by address."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._pair, self._user, self._address = (Attempts(allowed, clock) for allowed in (PAIR, USER, ADDRESS))

    def begin(self, user: str, address: str) -> None:
        """Before a password is tried; a TooManyAttemptsError where it must not be."""
        user, address = _user(user), _network(address)
        self._address.begin(address)
        self._user.begin(user)
        self._pair.begin(f"{address} {user}")

    def succeeded(self, user: str, address: str) -> None:
        """The password was right."""
        user, address = _user(user), _network(address)
        self._address.succeeded(address, forget=False)
        self._user.succeeded(user, forget=False)
        self._pair.succeeded(f"{address} {user}", forget=True)


def _user(name: str) -> str:
    return name.casefold()[:100]


def _network(address: str) -> str:
    """Of IPv6 the /64, which one customer has for himself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:100]
    return str(found) if found.version == 4 else str(ip_network((found, 64), strict=False))
