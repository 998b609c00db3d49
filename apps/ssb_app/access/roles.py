"""What somebody may do: each role may do all that the roles before it may."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from monailabel.config import settings

from ssb.errors import InputError


class Role(IntEnum):
    """PUBLIC is everybody, logged in or not."""

    PUBLIC = 0
    READER = 1
    ANNOTATOR = 2
    REVIEWER = 3
    ADMIN = 4


NAMES = {role.name.lower(): role for role in (Role.READER, Role.ANNOTATOR, Role.REVIEWER, Role.ADMIN)}
"""The roles that somebody can have."""


def role_named(name: str) -> Role:
    """The role of that name; an InputError for any other."""
    if name not in NAMES:
        raise InputError(f"The role is '{name}', but it must be one of {', '.join(NAMES)}.")
    return NAMES[name]


def highest(words: Iterable[str]) -> Role | None:
    """The highest role that the words of a token name, None where none does; MONAI Label's own names of roles count too."""
    return max((role for word in words if (role := _known().get(word)) is not None), default=None)


def stock_names(role: Role) -> list[str]:
    """What MONAI Label calls the role and those below it."""
    return [name for name, other in _stock().items() if other <= role]


def _stock() -> dict[str, Role]:
    return {
        settings.MONAI_LABEL_AUTH_ROLE_USER: Role.READER,
        settings.MONAI_LABEL_AUTH_ROLE_ANNOTATOR: Role.ANNOTATOR,
        settings.MONAI_LABEL_AUTH_ROLE_REVIEWER: Role.REVIEWER,
        settings.MONAI_LABEL_AUTH_ROLE_ADMIN: Role.ADMIN,
    }


def _known() -> dict[str, Role]:
    return {**_stock(), **NAMES}
