"""How far running requests are."""

from __future__ import annotations

import pytest

from ssb.errors import InputError
from ssb_app.progress import Progress


def test_each_request_has_its_own_share_until_it_ends() -> None:
    progress = Progress()
    with progress.of("a") as on_a, progress.of("b") as on_b:
        on_a(0.25)
        on_b(0.75)
        assert (progress.share("a"), progress.share("b")) == (0.25, 0.75)
    assert progress.share("a") is None


def test_a_request_that_fails_ends_too() -> None:
    progress = Progress()
    with pytest.raises(RuntimeError), progress.of("a"):
        raise RuntimeError
    assert progress.share("a") is None


@pytest.mark.parametrize("word", ["", "x" * 65])
def test_a_word_has_a_length(word: str) -> None:
    with pytest.raises(InputError, match="must have 1 to 64"), Progress().of(word):
        pass


def test_a_word_is_for_one_request() -> None:
    progress = Progress()
    with progress.of("a"), pytest.raises(InputError, match="Another request runs under the word 'a'"), progress.of("a"):
        pass
