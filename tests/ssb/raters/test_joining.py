import numpy as np

from ssb.raters.joining import join_alike

NO = float("nan")


def table(count: int, links: dict[tuple[int, int], float]) -> np.ndarray:
    likeness = np.full((count, count), NO)
    for (a, b), value in links.items():
        likeness[a, b] = likeness[b, a] = value
    return likeness


def test_linked_ones_and_chains_are_one() -> None:
    assert join_alike(table(5, {(0, 3): 0.1, (3, 4): 0.0, (1, 2): 0.9}), lambda members: True) == [[0, 3, 4], [1, 2]]


def test_the_likest_are_joined_first_and_what_the_rule_refuses_stays_apart() -> None:
    links = table(3, {(0, 1): 0.2, (1, 2): 0.8})
    assert join_alike(links, lambda members: len(members) <= 2) == [[0], [1, 2]]


def test_the_rule_is_asked_about_whole_groups() -> None:
    asked: list[list[int]] = []

    def note(members: list[int]) -> bool:
        asked.append(members)
        return True

    join_alike(table(4, {(2, 3): 0.9, (0, 1): 0.8, (1, 3): 0.7, (0, 2): 0.6}), note)
    assert asked == [[2, 3], [0, 1], [0, 1, 2, 3]]


def test_nothing_to_join() -> None:
    assert join_alike(table(0, {}), lambda members: True) == []
    assert join_alike(table(2, {}), lambda members: True) == [[0], [1]]
