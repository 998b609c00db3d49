"""How much input is taken: one place for every limit, with defaults that a site can change by the environment.

Each limit is the environment variable SSB_MAX_ and its name in capitals, such as SSB_MAX_UPLOAD_BYTES=2000000000.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache

from ssb.errors import InputError, SSBError

GZIP_RATIO = 1032
"""Bytes that one byte of deflate can stand for at most (RFC 1951: 258 bytes cost two bits or more)."""

SMALL = 64 << 20
"""Bytes that may be unpacked whatever their ratio (our choice): an empty mask packs better than any archive of files."""


class TooLargeError(SSBError):
    """More input than this program takes."""

    status = 413
    exit_code = 2


@dataclass(frozen=True)
class Limits:
    """All defaults are our choice.

    upload_bytes: of one request with files, of one file that is unpacked, and of a session's folder. body_bytes: of any other request.
    voxels: of one image or mask, all its frames and layers together; a whole-body CT of 512 x 512 x 2000 has half of the default.
    archive_entries, archive_ratio: files in an archive, and unpacked bytes for each packed one beyond SMALL.
    """

    upload_bytes: int = 1 << 30
    body_bytes: int = 8 << 20
    voxels: int = 1 << 30
    archive_entries: int = 10_000
    archive_ratio: int = 200

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Limits:
        """The defaults, and what the environment says instead; an InputError for a value that is no whole number from 1."""
        found: dict[str, int] = {}
        for name in (field.name for field in fields(cls)):
            variable = f"SSB_MAX_{name.upper()}"
            text = environment.get(variable)
            if text is None:
                continue
            if not (text.isascii() and text.isdigit() and 0 < len(text) <= 15 and int(text) > 0):
                raise InputError(f"The setting {variable} is {text[:40]!r}, but it must be a whole number from 1.")
            found[name] = int(text)
        return cls(**found)


@cache
def limits() -> Limits:
    """Those of this process."""
    return Limits.of(os.environ)


def check_unpacked(packed: int, unpacked: int, name: str) -> None:
    """A TooLargeError where `unpacked` bytes, as far as they are known yet, are too many for a file of `packed` bytes."""
    allowed = limits()
    if unpacked > allowed.upload_bytes:
        raise TooLargeError(f"The file {name} unpacks to more than {allowed.upload_bytes} bytes, which is the most that is taken.")
    if unpacked > max(SMALL, allowed.archive_ratio * packed):
        raise TooLargeError(f"The file {name} unpacks to more than {allowed.archive_ratio} times its size, as no file of images does.")
