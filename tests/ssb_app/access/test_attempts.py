"""Guessing passwords is slow, memory bounded, and honest people are let in again."""

from __future__ import annotations

import asyncio
import statistics
import time

import pytest

from ssb_app.access import attempts
from ssb_app.access.access import Access
from ssb_app.access.attempts import PAIR, SECONDS, Attempts, Guard
from ssb_app.access.errors import LoginError, TooManyAttemptsError
from tests.ssb_app.access.people import PASSWORD


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_too_many_failures_must_wait_until_the_first_is_old() -> None:
    clock = Clock()
    guard = Guard(clock)
    for second in range(PAIR):
        clock.now = second
        guard.begin("anna", "10.0.0.1")
    with pytest.raises(TooManyAttemptsError, match=r"^Too many logins have failed: try again in 5 min\.$") as caught:
        guard.begin("ANNA", "10.0.0.1")
    assert caught.value.wait == SECONDS - PAIR + 1
    guard.begin("anna", "10.0.0.2")
    guard.begin("bert", "10.0.0.1")
    clock.now = SECONDS
    guard.begin("anna", "10.0.0.1")


def test_a_right_password_forgets_the_failures_before_it() -> None:
    guard = Guard(Clock())
    for _ in range(3):
        for _ in range(PAIR):
            guard.begin("anna", "10.0.0.1")
        guard.succeeded("anna", "10.0.0.1")


def test_one_address_and_one_user_have_their_own_limits() -> None:
    guard = Guard(Clock())
    with pytest.raises(TooManyAttemptsError):
        for number in range(attempts.ADDRESS + 1):
            guard.begin(f"user {number}", "2001:db8::1" if number % 2 else "2001:db8::2")  # one /64
    guard = Guard(Clock())
    with pytest.raises(TooManyAttemptsError):
        for number in range(attempts.USER + 1):
            guard.begin("anna", f"10.0.0.{number}")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "LARGEST", 100)
    counts = Attempts(5, Clock())
    for number in range(1000):
        counts.begin(str(number))
    assert len(counts._failed) == 100


def test_an_unknown_user_takes_as_long_as_a_wrong_password(by_file: Access) -> None:
    def seconds(name: str, address: str) -> float:
        began = time.process_time()
        with pytest.raises(LoginError, match=r"^The user's name or the password is wrong\.$"):
            asyncio.run(by_file.log_in(name, "wrong horse battery", address))
        return time.process_time() - began

    known = [seconds("anna", f"10.0.1.{number}") for number in range(5)]
    unknown = [seconds("nobody", f"10.0.1.{number}") for number in range(5)]
    assert 0.5 < statistics.median(known) / statistics.median(unknown) < 2


def test_many_at_once_are_no_way_around(by_file: Access) -> None:
    async def guess() -> list[object]:
        return await asyncio.gather(
            *(by_file.log_in("anna", f"wrong horse battery {n}", "10.0.0.9") for n in range(20)), return_exceptions=True
        )

    found = asyncio.run(guess())
    assert [type(one) for one in found].count(LoginError) == PAIR
    assert [type(one) for one in found].count(TooManyAttemptsError) == 20 - PAIR
    with pytest.raises(TooManyAttemptsError):
        asyncio.run(by_file.log_in("anna", PASSWORD, "10.0.0.9"))
    assert asyncio.run(by_file.log_in("anna", PASSWORD, "10.0.0.10"))[0].name == "anna"
