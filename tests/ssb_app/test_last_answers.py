"""What an annotation most likely started from."""

from __future__ import annotations

import pytest

from ssb.annotations.annotation import Origin
from ssb_app import last_answers
from ssb_app.last_answers import LastAnswers


def test_each_clients_last_answer_for_an_image_is_remembered() -> None:
    found = LastAnswers()
    found.note("anna", "ct", "1", "tiny-1")
    found.note("bert", "ct", "2", "tiny-1")
    found.note("anna", "mr", "3", "tiny-1")
    found.note("anna", "ct", "4", "tiny-2")
    assert found.of("anna", "ct") == Origin(sample_set="4", checkpoint="tiny-2")
    assert found.of("bert", "ct").sample_set == "2"
    assert found.of("bert", "mr") == Origin()


@pytest.mark.parametrize("client_id", [None, "", " ", "user-xyz", ["anna"]])
def test_a_client_that_may_be_anybody_is_not(client_id: object) -> None:
    found = LastAnswers()
    found.note(client_id, "ct", "1", "tiny-1")
    assert found.of(client_id, "ct") == Origin()


def test_only_the_latest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_answers, "KEPT", 2)
    found = LastAnswers()
    for number in range(3):
        found.note("anna", str(number), "1", "tiny-1")
    assert [found.of("anna", str(number)).sample_set for number in range(3)] == [None, "1", "1"]
