"""Who submits: names of raters, and tags that carry them."""

from __future__ import annotations

from monailabel.endpoints.user.auth import User

from ssb.annotations.annotation import UNKNOWN
from ssb.annotations.names import plain_name, seen_text
from ssb.errors import InputError, SSBError
from ssb.point_text import shown
from ssb_app.access.identity import LoggedIn
from ssb_app.audit import note

FINAL = "final"
"""MONAI Label's own tag of what people submit; it holds the newest annotation of an image, whoever its rater is."""

RATER_TAG = "rater-"
"""A tag that starts so names the rater: `rater-anna` holds the newest annotation of the rater anna."""

PLACEHOLDERS = frozenset({"user-xyz"})
"""What 3D Slicer's module states where its user has typed no name: nobody's."""

_LONGEST_TAG = 100


class OtherRaterError(SSBError):
    """Somebody who is logged in submits under another name."""

    status = 403


def rater_of(user: User, named: str | None, client_id: object = None) -> str:
    """The rater of a submission: with logins the user, else `named` (by a tag or our own page), else the client's id, else "unknown".

    Two names that differ in case or in a blank are two raters; the same letters in another Unicode form are not. Raises InputError for a
    name with characters that nobody sees, and OtherRaterError where a user who is
    logged in names another rater.
    """
    if isinstance(user, LoggedIn):
        if named not in (None, user.username):
            raise OtherRaterError(f"You are logged in as '{user.username}', so you cannot submit as the rater '{named}'.")
        note(who=user.username)
        return user.username
    found = seen_text(named, "rater's name") if named is not None else stated_name(client_id)
    note(who=found)
    return found


def stated_name(client_id: object) -> str:
    """Whom a client's id names; "unknown" for none and for a placeholder. Raises InputError for a text that nobody could read."""
    stated = "" if client_id is None else str(client_id)
    return UNKNOWN if not stated.strip() or stated in PLACEHOLDERS else seen_text(stated, "client's name")


def rater_of_tag(tag: str) -> str | None:
    """The rater that a tag names; None for `final` and for tags of other kinds."""
    return tag[len(RATER_TAG) :] if tag.startswith(RATER_TAG) else None


def check_tag(tag: object) -> None:
    """An InputError for a tag that cannot be the name of a folder: MONAI Label keeps each tag's files in one."""
    if not isinstance(tag, str):
        raise InputError(f"The tag {shown(tag)} is no text.")
    plain_name(tag, "tag", _LONGEST_TAG)
