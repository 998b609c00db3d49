"""Folder names of ids."""

from __future__ import annotations

import unicodedata

import pytest

from ssb.annotations.names import LONGEST, folder_name, text_of
from ssb.errors import InputError

ODD = [
    "anna",
    "Anna",
    "ANNA",
    "../../etc",
    "..",
    ".",
    ".hidden",
    "a.",
    "a/b",
    "a\\b",
    "con",
    "nul.txt",
    "com1",
    "%61",
    "Müller",
    "a b",
    "\n",
    "雪",
]


def test_odd_names_come_back_and_stay_apart() -> None:
    texts = [*ODD, unicodedata.normalize("NFD", "Müller")]
    names = [folder_name(text, "rater's name") for text in texts]
    assert [text_of(name) for name in names] == texts
    assert len({unicodedata.normalize("NFC", name).lower() for name in names}) == len(texts)
    for name in names:
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.%")
        assert not name.startswith(".") and not name.endswith(".")
        assert name not in ("con", "nul.txt", "com1")


def test_a_plain_id_stays_readable() -> None:
    assert folder_name("1.2.826.0.1-ct_a", "image's id") == "1.2.826.0.1-ct_a"


@pytest.mark.parametrize("name", [".incoming", "Anna", "%41%6ena", "%c3", "", "a b"])
def test_a_foreign_folder_is_no_id(name: str) -> None:
    assert text_of(name) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The rater's name is empty: give a text with at least one character."),
        ("\ud800", r"The rater's name '\ud800' holds characters that are no text."),
        ("a" * (LONGEST + 1), f"The rater's name '{'a' * 20}'... is too long: it takes 241 characters as a folder's name, of 240 allowed."),
    ],
)
def test_what_cannot_be_a_name_gets_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        folder_name(text, "rater's name")
    assert str(caught.value) == sentence


def test_the_longest_name_is_kept() -> None:
    assert text_of(folder_name("a" * LONGEST, "rater's name")) == "a" * LONGEST
