"""Passwords and their hashes."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ssb.errors import InputError

SHORTEST, LONGEST = 15, 256
"""Characters: NIST SP 800-63B-4 (3.1.1.2) asks for 15 where the password is all there is, and to allow at least 64."""

_HASHER = PasswordHasher()
"""argon2id with argon2-cffi's defaults, RFC 9106's for little memory: 64 MiB, 3 passes."""

_NOBODYS = _HASHER.hash("the password of a user who does not exist")


def hash_password(password: str, name: str) -> str:
    """The hash to keep, with its salt and parameters; an InputError for a password that is too short, too long, or the name."""
    password = _normal(password)
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(f"The password has {len(password)} characters, but it must have {SHORTEST} to {LONGEST}: some words in a row do.")
    if name.casefold() in password.casefold():
        raise InputError("The password holds the user's name: take another.")
    return _HASHER.hash(password)


def fits(password: str, kept: str | None) -> bool:
    """Whether the password is that of the hash; None is a user who does not exist, and takes as long."""
    password = _normal(password)
    if len(password) > LONGEST:
        password = ""
    try:
        _HASHER.verify(_NOBODYS if kept is None else kept, password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def _normal(password: str) -> str:
    """One form of letters that keyboards compose in several ways (NIST SP 800-63B-4 asks for it)."""
    return unicodedata.normalize("NFKC", password)
