"""Names that cannot leave their folder: ids of images and raters as names of folders and back, and names that are used as they are."""

from __future__ import annotations

import re
import unicodedata
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


_SEPARATORS = frozenset("/\\\u2044\u2215\u2216\u29f5\u29f8\u29f9\u2571\u2572\ufe68")
"""Slashes, and what looks like one."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's categories of characters that nobody sees, or that turn the text around them: control, format, surrogate, private, none."""


def plain_name(text: str, what: str, longest: int) -> str:
    """`text`, where it can name a file or a folder as it is, on every system; else an InputError. `what` is how the message calls it.

    It has 1 to `longest` characters and at most LONGEST bytes, in Unicode's composed form (NFC); no slash or look-alike of one, also not
    after compatibility decomposition (NFKC), none of : * ? " < > |, no unseen character; it neither begins with a dot or blank nor ends
    with one, and is none of the names that Windows keeps for itself.
    """
    shapes = (text, unicodedata.normalize("NFKC", text))
    if (
        not 0 < len(text) <= longest
        or not unicodedata.is_normalized("NFC", text)
        or any(set(shape) & (_SEPARATORS | set(':*?"<>|')) or shape[:1] in ". " or shape[-1:] in ". " for shape in shapes)
        or any(unicodedata.category(letter) in _UNSEEN for letter in text)
        or _RESERVED.match(shapes[1].lower())
        or len(text.encode()) > LONGEST
    ):
        raise InputError(
            f"The {what} {text[:60]!r} cannot be used: it has 1 to {longest} characters without slashes, and no dot comes first; nor "
            'may it hold : * ? " < > | or characters that nobody sees, end with a dot or blank, or be a name that Windows keeps for itself.'
        )
    return text


def seen_text(text: str, what: str) -> str:
    """`text` in Unicode's composed form (NFC); an InputError where it holds characters that nobody sees, such as a line's end."""
    if any(unicodedata.category(letter) in _UNSEEN for letter in text):
        raise InputError(f"The {what} {text[:60]!r} cannot be used: it holds characters that nobody sees.")
    return unicodedata.normalize("NFC", text)
