"""Folder names of ids."""

from __future__ import annotations

import unicodedata

import pytest

from ssb.annotations.names import LONGEST, folder_name, plain_name, seen_text, text_of
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


@pytest.mark.parametrize("name", ["ct", "Läsion 1", "1.2.840.113619", "rater-Dr. Müller", "肺 3", "a" * 150, "a..b"])
def test_a_plain_name_stays_as_it_is(name: str) -> None:
    assert plain_name(name, "image id", 150) == name


LOOK_ALIKES = ["\uff0e\uff0e\uff0fx", "a\uff0fb", "a\uff3cb", "a\u2044b", "a\u2215b", "a\u29f8b", "\u2025", "\u2024hidden", "a\ufe68b"]
UNSEEN = ["a\0b", "a\nb", "a\x7fb", "a\u202eb", "a\u200bb", "a\ufeffb", "a\ue000b", "a\u2028b", "\ud800"]
RESERVED = ["CON", "con.nii", "NUL", "lpt1", "\uff23ON", "a:b", "a?", "a*", 'a"', "<a", "a|b", "a.", "a ", " a"]


@pytest.mark.parametrize("name", ["", "..", ".", ".a", "../a", "/a", "a/b", "a\\b", "a" * 151, *LOOK_ALIKES, *UNSEEN, *RESERVED])
def test_a_name_that_may_lead_elsewhere_or_is_not_what_it_looks_like_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"^The image id .* cannot be used: it has 1 to 150 characters without slashes"):
        plain_name(name, "image id", 150)


def test_a_name_in_decomposed_letters_is_refused_as_a_file_and_composed_as_a_rater() -> None:
    split = unicodedata.normalize("NFD", "Müller")
    with pytest.raises(InputError):
        plain_name(split, "image id", 150)
    assert seen_text(split, "rater's name") == "Müller"
    with pytest.raises(InputError, match="it holds characters that nobody sees"):
        seen_text("anna\n2026-01-01 root", "rater's name")
