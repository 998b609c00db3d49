"""Writes that outlast a power cut: a file or a folder's entry is safe only once it was synced to the disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Error numbers of a disk, a quota or a file that has no room left."""

CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)
"""Error numbers of a folder that must not be written."""


def sync(path: Path) -> None:
    """Wait until the content of a file, or the list of a folder's entries, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """The folder with all above it, each new one synced."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)
