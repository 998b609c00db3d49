from __future__ import annotations

import pytest

from ssb.errors import InputError
from ssb_app.stated import read_object


def test_objects_are_read() -> None:
    assert read_object("", "params") == {}
    assert read_object('{"a": [1, -2.5, "x", null, true, {"b": []}]}', "params") == {"a": [1, -2.5, "x", None, True, {"b": []}]}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[", "The params are not JSON"),
        ("[]", "must be a JSON object"),
        ('{"a": NaN}', "not finite or too large"),
        ('{"a": [1e999]}', "not finite or too large"),
        (f'{{"a": {10**400}}}', "not finite or too large"),
        (f'{{"a": {"9" * 5000}}}', "a number too long|not finite or too large"),
        ('{"a": "\\ud800"}', "text that is none"),
        ('{"\\udfff": 1}', "text that is none"),
        ('{"a":' * 30 + "1" + "}" * 30, "nested more than 20 levels"),
        ("[" * 100_000, "lists without end"),
    ],
)
def test_what_cannot_be_kept_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_object(text, "params")
