"""The orders in which images are offered."""

from __future__ import annotations

from ssb.next_image.order import Candidate, fewest_raters, most_disagreement

CANDIDATES = [
    Candidate("agreed", 3, 0.0),
    Candidate("new b", 0, None),
    Candidate("disputed", 2, 0.8),
    Candidate("new a", 0, None),
    Candidate("unscored", 1, None),
    Candidate("mild", 1, 0.3),
]


def test_the_most_disputed_first_and_the_unscored_last() -> None:
    assert [one.image for one in most_disagreement(CANDIDATES)] == ["disputed", "mild", "agreed", "new a", "new b", "unscored"]


def test_the_fewest_raters_first_and_of_these_the_most_disputed() -> None:
    assert [one.image for one in fewest_raters(CANDIDATES)] == ["new a", "new b", "mild", "unscored", "disputed", "agreed"]
