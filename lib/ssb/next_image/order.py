"""The orders in which images are offered to a reader."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """An image that may be offered: its id, how many raters annotated it, and its samples' disagreement, None where it is not known."""

    image: str
    raters: int
    disagreement: float | None


Order = Callable[[Iterable[Candidate]], list[Candidate]]


def most_disagreement(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The image whose samples disagree most comes first.

    Images that are not scored, since nobody has marked a lesion in them yet, come after the scored ones, those with the fewest raters
    first: they need a first reader before anything can be said about them. Our choice.
    """
    return sorted(candidates, key=lambda one: (-_known(one), one.raters, one.image))


def fewest_raters(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The image that the fewest raters annotated comes first, so one that nobody did; of several, the one that is disputed most."""
    return sorted(candidates, key=lambda one: (one.raters, -_known(one), one.image))


def _known(candidate: Candidate) -> float:
    return -math.inf if candidate.disagreement is None else candidate.disagreement
