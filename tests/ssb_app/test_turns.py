"""Clients take turns: round robin over their lines."""

from __future__ import annotations

from ssb_app.turns import RoundRobin


def order(queue: RoundRobin[str]) -> list[str]:
    found = []
    while (item := queue.take()) is not None:
        found.append(item)
    return found


def test_a_client_that_floods_waits_for_itself() -> None:
    queue: RoundRobin[str] = RoundRobin()
    for item in ("flood 1", "flood 2", "flood 3", "flood 4"):
        queue.put("flood", item)
    queue.put("anna", "anna 1")
    queue.put("bert", "bert 1")
    queue.put("anna", "anna 2")
    assert order(queue) == ["flood 1", "anna 1", "bert 1", "flood 2", "anna 2", "flood 3", "flood 4"]


def test_an_item_of_two_clients_comes_with_the_first_turn_and_once() -> None:
    queue: RoundRobin[str] = RoundRobin()
    queue.put("anna", "anna 1")
    queue.put("anna", "shared")
    queue.put("bert", "shared")
    queue.put("bert", "bert 1")
    queue.put("bert", "shared")
    assert (len(queue), queue.waiting("anna"), queue.waiting("bert")) == (3, 2, 2)
    assert order(queue) == ["anna 1", "shared", "bert 1"]


def test_what_is_dropped_waits_in_no_line() -> None:
    queue: RoundRobin[str] = RoundRobin()
    queue.put("anna", "shared")
    queue.put("bert", "shared")
    queue.put("bert", "bert 1")
    queue.drop("shared")
    assert (len(queue), queue.waiting("anna")) == (1, 0)
    assert order(queue) == ["bert 1"]
