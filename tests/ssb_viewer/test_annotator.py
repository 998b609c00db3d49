"""Names of annotators as addresses."""

from __future__ import annotations

import pytest

from ssb.errors import InputError
from ssb_app.access.names import checked_name
from ssb_viewer.annotator import home_of


@pytest.mark.parametrize(
    ("name", "home"), [("anna", "/as/anna"), (" Dr. Åsa Müller ", "/as/Dr.%20%C3%85sa%20M%C3%BCller"), ("a?b", "/as/a%3Fb")]
)
def test_a_name_has_an_address_of_its_own(name: str, home: str) -> None:
    assert home_of(checked_name(name)) == home


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a/b", "leave out the slash"),
        ("..", "more than dots"),
        ("Unknown", "stands for annotations that name nobody"),
        ("", "1 to 62 characters"),
        ("Doe^Jane", r"none of them \\, \^ or ="),
        ("x" * 63, "1 to 62 characters"),
        ("a\nb", "1 to 62 characters"),
    ],
)
def test_a_name_that_cannot_be_kept_is_refused(name: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        checked_name(name)
