"""What clients state as JSON, checked before anything is kept or handed on."""

from __future__ import annotations

import json
from typing import Any

from ssb.errors import InputError

DEEPEST = 20
"""Levels of lists and objects in one another (our choice: what we and MONAI Label ask for has three)."""


def read_object(text: str, what: str) -> dict[str, Any]:
    """A JSON object; {} for an empty text. `what` is how the messages call it. Raises what `check_stated` raises, and InputError."""
    try:
        found = json.loads(text) if text else {}
    except json.JSONDecodeError as error:
        raise InputError(f"The {what} are not JSON: {error}.") from error
    except (ValueError, RecursionError) as error:  # a number or a depth that Python refuses
        raise InputError(f"The {what} are not JSON that can be read: they hold a number too long, or lists without end.") from error
    if not isinstance(found, dict):
        raise InputError(f"The {what} must be a JSON object with the options' names and values.")
    return check_stated(found, what)


def check_stated(found: dict[str, Any], what: str) -> dict[str, Any]:
    """The object, where it can be copied, stored and read again: an InputError for more than DEEPEST levels, numbers that are not finite
    or beyond 64 bits, and halves of characters, any of which keep MONAI Label's records from being read at its next start."""
    level: list[Any] = [found]
    for _ in range(DEEPEST):
        inner = [one for one in level if isinstance(one, (dict, list))]
        level = [part for one in inner for part in ([*one.keys(), *one.values()] if isinstance(one, dict) else one)]
        if not all(_can_be_kept(part) for part in level):
            raise InputError(f"The {what} hold a number that is not finite or too large, or text that is none.")
        if not level:
            return found
    raise InputError(f"The {what} are nested more than {DEEPEST} levels deep.")


def _can_be_kept(value: Any) -> bool:
    if isinstance(value, str):
        return not any(0xD800 <= ord(letter) < 0xE000 for letter in value)
    if isinstance(value, (int, float)):
        return -(2.0**63) <= value <= 2.0**63
    return True
