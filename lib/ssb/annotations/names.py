"""Ids of images and raters as names of folders, and back."""

from __future__ import annotations

import re
from urllib.parse import unquote

from ssb.errors import InputError

LONGEST = 240
"""Bytes of a folder's name (our choice: most file systems allow 255, and some need a few of them for themselves)."""

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_.")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def folder_name(text: str, what: str) -> str:
    """The name of the folder that belongs to `text` alone; `text_of` reads it. `what` is how the messages call the text.

    Percent-encoded UTF-8 of everything but a-z, 0-9 and "-_.", capital letters too: so texts that differ only in case or in their
    Unicode form stay two also on file systems that ignore these. A dot at either end, and the first letter of names that Windows
    keeps for itself, are encoded as well, so the name is neither hidden nor a way out of its folder.
    Raises InputError for a text that is empty, cannot be UTF-8, or is longer than LONGEST bytes when encoded.
    """
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raise InputError(f"The {what} {text!r} holds characters that are no text.") from None
    if not raw:
        raise InputError(f"The {what} is empty: give a text with at least one character.")
    encoded = {at for at, byte in enumerate(raw) if byte not in _PLAIN}
    encoded |= {at for at in (0, len(raw) - 1) if raw[at : at + 1] == b"."} | ({0} if _RESERVED.match(text) else set())
    name = "".join(f"%{byte:02x}" if at in encoded else chr(byte) for at, byte in enumerate(raw))
    if len(name) > LONGEST:
        raise InputError(
            f"The {what} {text[:20]!r}... is too long: it takes {len(name)} characters as a folder's name, of {LONGEST} allowed."
        )
    return name


def text_of(name: str) -> str | None:
    """The text whose folder `name` is; None for a name that `folder_name` never gives."""
    try:
        text = unquote(name, errors="strict")
        return text if folder_name(text, "name") == name else None
    except (UnicodeDecodeError, InputError):
        return None
