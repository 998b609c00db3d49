"""The audit log of a backup comes back, file by file: unlike versions, a log grows after it was backed up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from ssb.annotations.durable import make_folder, sync
from ssb.atomic import replaced
from ssb.audit.log import audit_folder
from ssb.errors import InputError


def missing_logs(names: Iterable[str], content: Callable[[str], bytes], annotations: Path) -> list[str]:
    """Which of the backup's files of the log are not there. content: the bytes of a file of the backup.

    A file that is there must begin with what was backed up; what it has more was written since. An InputError where it does not.
    """
    missing = []
    for name in names:
        place = _place(name, annotations)
        if not place.is_file():
            missing.append(name)
            continue
        saved = content(name)
        with place.open("rb") as file:
            if file.read(len(saved)) != saved:
                raise InputError(f"Nothing was restored: the audit log '{place}' is not what was backed up, or lines are gone.")
    return missing


def put_log_back(name: str, content: bytes, annotations: Path) -> None:
    """Write a file of the log to its place; it is on the disk when this returns."""
    place = _place(name, annotations)
    make_folder(place.parent)
    with replaced(place) as path:
        path.write_bytes(content)
        path.chmod(0o600)
        sync(path)
    sync(place.parent)


def _place(name: str, annotations: Path) -> Path:
    return audit_folder(annotations) / name.partition("/")[2]
