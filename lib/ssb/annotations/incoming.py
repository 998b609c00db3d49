"""Where an annotation is written before it moves to its place by one rename."""

from __future__ import annotations

import errno
import json
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ssb.annotations.annotation import Annotation
from ssb.annotations.durable import make_folder, sync

RECORD = "record.json"
INCOMING = ".incoming"
STALE_SECONDS = 3600.0
"""Age from which a folder in .incoming is taken for a killed process's (our choice: no write takes that long)."""

_TAKEN = (errno.EEXIST, errno.ENOTEMPTY)


@contextmanager
def incoming(root: Path) -> Iterator[Path]:
    """A new folder under `root` to write a version to; it vanishes when the block ends, unless `commit` moved it to its place."""
    place = root / INCOMING
    make_folder(place)
    _sweep(place)
    folder = place / uuid.uuid4().hex
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def commit(folder: Path, home: Path, annotation: Annotation) -> Annotation:
    """Move `folder` into `home` as the next version, with its record; returns the annotation with its version.

    The files in `folder` are synced already. Safe on the disk when this returns.
    """

    def complete(number: int) -> None:
        record = folder / RECORD
        record.write_text(json.dumps(replace(annotation, version=number).as_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        sync(record)

    make_folder(home)
    number = max(version_numbers(home), default=0) + 1
    return replace(annotation, version=move_to_free(folder, home, number, folder_of, complete))


def move_to_free(folder: Path, home: Path, number: int, named: Callable[[int], str], complete: Callable[[int], None]) -> int:
    """Move `folder` into `home` under the first name that is free, from `number` on; returns its number.

    named: the name of a number. complete: writes and syncs what in `folder` depends on the number; it is called again with the next one
    where another process was faster. Safe on the disk when this returns.
    """
    while True:
        complete(number)
        sync(folder)
        try:
            folder.rename(home / named(number))
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
            number += 1
            continue
        sync(home)
        return number


def version_numbers(home: Path) -> list[int]:
    """The versions in a rater's folder, ascending."""
    names = [entry.name for entry in home.iterdir()] if home.is_dir() else []
    return sorted(int(name) for name in names if re.fullmatch(r"[0-9]{6,}", name))


def folder_of(number: int) -> str:
    """Name of a version's folder."""
    return f"{number:06d}"


def _sweep(place: Path) -> None:
    """Remove what killed processes left behind, renamed first: then a slow writer cannot move a half removed folder to its place."""
    for entry in place.iterdir():
        try:
            if time.time() - entry.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(entry.rename(place / f"swept-{uuid.uuid4().hex}"), ignore_errors=True)
        except FileNotFoundError:  # another process swept it, or its writer has finished
            continue
