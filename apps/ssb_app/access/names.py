"""Names of people who annotate: what can be a rater, an address of the viewer, and a name in a DICOM file."""

from __future__ import annotations

from ssb.annotations.annotation import UNKNOWN
from ssb.annotations.dicom_seg import content_creator
from ssb.errors import InputError


def checked_name(name: str) -> str:
    """`name` without blanks at its ends; an InputError where no annotation can be kept under it as it is."""
    name = name.strip()
    if "/" in name or name in (".", ".."):
        raise InputError(f"The name {name!r} cannot be part of an address: leave out the slash, and use more than dots.")
    if name.casefold() == UNKNOWN:
        raise InputError(f"The name {name!r} stands for annotations that name nobody: give your own.")
    content_creator(name)
    return name
