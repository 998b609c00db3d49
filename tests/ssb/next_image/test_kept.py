"""Scores on the disk."""

from __future__ import annotations

from pathlib import Path

from ssb.next_image.kept import KeptScores, Score
from ssb.next_image.score import LesionScore

SCORE = Score("Läsion 1", "k", "tiny-1", "2026-01-01T00:00:00+00:00", (LesionScore((1, 2, 3), 0.25), LesionScore((4, 5, 6), 0.5)))


def test_a_score_outlasts_the_program(tmp_path: Path) -> None:
    kept = KeptScores(tmp_path / "scores")
    assert kept.get(SCORE.image) is None
    kept.keep(SCORE)
    assert kept.get(SCORE.image) == KeptScores(tmp_path / "scores").get(SCORE.image) == SCORE
    assert SCORE.disagreement == 0.5


def test_a_later_score_takes_the_place_of_the_earlier(tmp_path: Path) -> None:
    kept = KeptScores(tmp_path)
    kept.keep(SCORE)
    later = Score(SCORE.image, "l", "tiny-2", SCORE.time, ())
    kept.keep(later)
    assert KeptScores(tmp_path).get(SCORE.image) == later
    assert len(list(tmp_path.iterdir())) == 1


def test_a_damaged_file_is_no_score(tmp_path: Path) -> None:
    KeptScores(tmp_path).keep(SCORE)
    for number, text in enumerate(['{"image": "a"', "[]", "null", '{"image": "a"}', '{"lesions": 3}']):
        (tmp_path / f"{number}.json").write_text(text)
    kept = KeptScores(tmp_path)
    assert kept.get(SCORE.image) == SCORE
    assert kept.get("a") is None
