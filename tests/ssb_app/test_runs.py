"""Runs: shared by equal requests, stopped when nobody waits, in turns, never more at a time than there are workers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from ssb_app.asker import Asker
from ssb_app.runs import CLIENT_LIMIT, BusyError, GoneError, Run, Runs, Ticket
from ssb_app.sample_cache import SampleCache

SECONDS = 10.0


@pytest.fixture
def runs() -> Iterator[Runs[str, int]]:
    cache: SampleCache[str] = SampleCache(1000, len)
    found: Runs[str, int] = Runs(cache)
    yield found
    found.close()


class Held:
    """A run that goes on, telling its share, until it is released; it returns its name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.began, self.release = threading.Event(), threading.Event()

    def __call__(self, run: Run[str, int]) -> str:
        self.began.set()
        while not self.release.wait(0.01):
            run.note(0.5)
        return self.name


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def result(ticket: Ticket[str, int]) -> str:
    return ticket.wait(Asker())


def test_equal_requests_share_one_run_and_later_ones_its_value(runs: Runs[str, int]) -> None:
    held = Held("value")
    tickets = [runs.ask("key", client, held) for client in ("anna", "bert", "anna")]
    assert held.began.wait(SECONDS)
    held.release.set()
    assert [result(ticket) for ticket in tickets] == ["value"] * 3
    assert result(runs.ask("key", "carl", Held("other"))) == "value"
    assert (runs._cache.runs, runs._cache.hits, runs.cancelled) == (1, 3, 0)
    assert not runs.busy


def test_a_run_that_nobody_waits_for_stops_at_its_next_slice(runs: Runs[str, int]) -> None:
    held = Held("value")
    first, second = (runs.ask("key", client, held) for client in ("anna", "bert"))
    assert held.began.wait(SECONDS)
    first.leave()
    first.leave()
    time.sleep(0.05)
    assert runs.busy, "another waits for it"
    second.leave()
    until(lambda: not runs.busy)
    assert runs.cancelled == 1
    again = Held("made again")
    again.release.set()
    assert result(runs.ask("key", "anna", again)) == "made again"


def test_a_client_that_hangs_up_while_it_waits_leaves(runs: Runs[str, int]) -> None:
    held, asker = Held("value"), Asker("anna")
    ticket = runs.ask("key", "anna", held)
    threading.Timer(0.1, asker.gone.set).start()
    with pytest.raises(GoneError):
        ticket.wait(asker)
    until(lambda: not runs.busy)
    assert runs.cancelled == 1


def test_what_waits_for_its_turn_and_is_left_never_begins(runs: Runs[str, int]) -> None:
    first, second = Held("first"), Held("second")
    ticket = runs.ask("first", "anna", first)
    assert first.began.wait(SECONDS)
    runs.ask("second", "anna", second).leave()
    assert (runs.waiting, runs.cancelled) == (0, 1)
    first.release.set()
    assert result(ticket) == "first"
    assert not second.began.is_set()


def test_a_client_with_one_request_comes_before_the_second_of_a_client_with_many(runs: Runs[str, int]) -> None:
    held, made = Held("held"), []

    def make(run: Run[str, int]) -> str:
        made.append(run.key)
        return run.key

    tickets = [runs.ask("held", "flood", held)]
    assert held.began.wait(SECONDS)
    tickets += [runs.ask(f"flood {n}", "flood", make) for n in range(3)] + [runs.ask("anna", "anna", make)]
    held.release.set()
    for ticket in tickets:
        result(ticket)
    assert made == ["flood 0", "anna", "flood 1", "flood 2"]


def test_a_client_that_floods_is_refused_and_others_are_not(runs: Runs[str, int]) -> None:
    held = Held("held")
    runs.ask("held", "flood", held)
    assert held.began.wait(SECONDS)
    for number in range(CLIENT_LIMIT):
        runs.ask(f"flood {number}", "flood", held)
    with pytest.raises(BusyError, match=f"{CLIENT_LIMIT} of them yours") as error:
        runs.ask("one more", "flood", held)
    assert error.value.status == 503
    runs.ask("held", "flood", held).leave()
    runs.ask("anna", "anna", held)


def test_a_failed_run_tells_all_who_wait_and_is_not_kept(runs: Runs[str, int]) -> None:
    release = threading.Event()

    def fail(run: Run[str, int]) -> str:
        release.wait(SECONDS)
        raise ValueError("broken")

    tickets = [runs.ask("key", client, fail) for client in ("anna", "bert")]
    release.set()
    for ticket in tickets:
        with pytest.raises(ValueError, match="broken"):
            result(ticket)
    assert result(runs.ask("key", "anna", lambda run: "value")) == "value"


def test_share_and_early_result_are_seen_by_all(runs: Runs[str, int]) -> None:
    release = threading.Event()

    def make(run: Run[str, int]) -> str:
        run.note(0.25)
        run.note_early(4)
        release.wait(SECONDS)
        return "value"

    first = runs.ask("key", "anna", make)
    until(lambda: first.run.early == 4)
    second = runs.ask("key", "bert", make)
    assert (second.run.share, second.run.early) == (0.25, 4)
    release.set()
    assert result(second) == "value"
    assert first.run.share == 1.0


def test_closing_stops_what_runs(runs: Runs[str, int]) -> None:
    held = Held("value")
    runs.ask("key", "anna", held)
    assert held.began.wait(SECONDS)
    started = time.monotonic()
    runs.close()
    assert time.monotonic() - started < 10
    assert runs.cancelled == 1
