"""Which image a rater is offered."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from ssb.annotations.annotation import Origin
from ssb.checkpoint import load_model
from ssb.errors import InputError
from ssb.next_image.kept import Score
from ssb.next_image.order import fewest_raters, most_disagreement
from ssb.next_image.score import LesionScore
from ssb_app.next_image import NextImage, Offers
from ssb_app.sampler import Sampler
from ssb_app.scorer import Scorer
from ssb_app.store import Studies, open_studies


@pytest.fixture
def store(studies: Path, tmp_path: Path) -> Studies:
    """Images a to d: a is scored 0.2, b 0.7, c has an annotation and no score, d has neither."""
    for name in "abcd":
        shutil.copy(studies / "axial.nii.gz", tmp_path / f"{name}.nii.gz")
    found = open_studies(tmp_path)
    for image, rater in (("a", "anna"), ("b", "anna"), ("b", "bert"), ("c", "anna")):
        found.annotations.submit(image, rater, np.zeros((40, 48, 10), bool), np.eye(4), Origin())
    return found


@pytest.fixture
def scorer(store: Studies, checkpoint: Path) -> Scorer:
    made = Scorer(Sampler(load_model(checkpoint), checkpoint), store)
    for image, disagreement in (("a", 0.2), ("b", 0.7)):
        made.kept.keep(Score(image, "k", "tiny-1", "2026", (LesionScore((0, 0, 0), disagreement),)))
    return made


def offered(strategy: NextImage, store: Studies, rater: str, times: int) -> list[str | None]:
    answers = [strategy({"strategy": "any", "rater": rater}, store) for _ in range(times)]
    return [None if answer is None else answer["id"] for answer in answers]


def test_who_asks_again_gets_the_next_image_and_at_last_the_first_again(store: Studies, scorer: Scorer) -> None:
    strategy = NextImage("", most_disagreement, scorer, Offers())
    assert strategy({"rater": "carl"}, store) == {"id": "b", "raters": 2, "disagreement": 0.7}
    assert offered(strategy, store, "carl", 4) == ["a", "d", "c", "b"]
    assert offered(strategy, store, "dora", 1) == ["b"]


def test_a_rater_is_not_offered_what_the_rater_has_annotated(store: Studies, scorer: Scorer) -> None:
    assert offered(NextImage("", most_disagreement, scorer, Offers()), store, "bert", 3) == ["a", "d", "c"]
    assert offered(NextImage("", fewest_raters, scorer, Offers()), store, "bert", 3) == ["d", "a", "c"]
    strategy = NextImage("", fewest_raters, scorer, Offers())
    assert offered(strategy, store, "anna", 2) == ["d", "d"]
    store.annotations.submit("d", "anna", np.zeros((40, 48, 10), bool), np.eye(4), Origin())
    assert offered(strategy, store, "anna", 1) == [None]


def test_an_image_that_cannot_be_fetched_is_passed_over(store: Studies, scorer: Scorer, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(image: str) -> Path:
        if image == "b":
            raise InputError("The series has a gap.")
        return Path(image)

    monkeypatch.setattr(store, "source", fetch)
    assert offered(NextImage("", most_disagreement, scorer, Offers()), store, "carl", 2) == ["a", "d"]
