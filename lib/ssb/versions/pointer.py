"""Which version is in use: one small file, replaced as a whole, that every process can watch at the price of one `stat`."""

from __future__ import annotations

import json
from pathlib import Path

from ssb.annotations.durable import make_folder, sync
from ssb.atomic import replaced
from ssb.errors import SSBError

POINTER = "current.json"

Identity = tuple[int, int, int] | None
"""What changes whenever the file is replaced; None where there is none."""


def read_pointer(folder: Path) -> str | None:
    """The name of the version that was chosen last; None where none ever was. An SSBError where the file is damaged."""
    try:
        name = json.loads((folder / POINTER).read_text(encoding="utf-8"))["version"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise SSBError(f"The file {POINTER} of the model folder is damaged: it names no version.") from error
    return str(name)


def write_pointer(folder: Path, name: str) -> None:
    """Choose a version; on the disk when this returns."""
    make_folder(folder)
    with replaced(folder / POINTER) as path:
        path.write_text(json.dumps({"version": name}) + "\n", encoding="utf-8")
        sync(path)
    sync(folder)


def pointer_identity(folder: Path) -> Identity:
    """See `Identity`."""
    try:
        found = (folder / POINTER).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
