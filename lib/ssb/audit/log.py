"""The audit log on disk: lines are only ever added, by as many threads and processes as like to.

    folder/chain                     name of the chain that is written now
    folder/<chain>/2026-11-26.jsonl  one file a day (UTC), one entry a line; each line has the digest of the line before, over files too

A folder that is made anew begins a chain of its own, so that a restored log and a new one lie side by side.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ssb.annotations.durable import make_folder, sync
from ssb.atomic import replaced
from ssb.audit.entry import GENESIS, Entry, digest

ENDING = ".jsonl"
CHAIN = "chain"
REMOVED = "audit.removed"
"""Action of the entry that says that a file was old enough to go; its detail has the file and the digest of its last line."""

MOST_WAITING = 10_000
"""Entries that wait for a disk that is full (our choice): some ten megabytes."""

_LOCK = ".lock"
_TAIL = 2**16


def audit_folder(annotations: Path) -> Path:
    """Where the audit log of the annotation store in `annotations` lies: beside it."""
    return annotations.with_name(f"{annotations.name}-audit")


def now() -> datetime:
    """The time that entries are given."""
    return datetime.now(timezone.utc)


class AuditLog:
    """The log in `folder`, made with its first entry. days: how many days a file is kept; None keeps all."""

    def __init__(self, folder: Path, days: int | None = None) -> None:
        self.folder = folder
        self._waiting: list[tuple[datetime, Entry]] = []
        self._lost = 0
        self._days = days
        self._turn = threading.Lock()

    def append(self, entry: Entry, durable: bool = False) -> None:
        """Add an entry; with `durable` it is on the disk when this returns, else the system has it, also when the process is killed.

        Raises OSError where it cannot be written: then it waits, with its time, and is written before the next one. Of more than
        MOST_WAITING the oldest are lost, and the next line says how many.
        """
        with self._turn:
            self._waiting.append((now(), entry))
            if len(self._waiting) > MOST_WAITING:
                del self._waiting[0]
                self._lost += 1
            with self._locked():
                self._append(durable)
            self._waiting.clear()
            self._lost = 0

    @property
    def missed(self) -> int:
        """Entries that the log lacks now."""
        return len(self._waiting) + self._lost

    def _append(self, durable: bool) -> None:
        home, time = self._chain(), self._waiting[-1][0]
        files = files_of(home)
        while files and not files[-1].stat().st_size:  # its process was killed before the first line
            files.pop()
        newest = files[-1] if files else None
        before, torn = last_line(newest) if newest is not None else (GENESIS, False)
        # Where the clock was set back, the newest file goes on: the order of the lines is the order of what happened.
        path = newest if newest is not None and newest.stem >= time.date().isoformat() else home / f"{time.date().isoformat()}{ENDING}"
        is_new = path != newest
        entries = [*self._waiting, *((time, one) for one in (self._old(files, time) if is_new else []))]
        written = b"\n" if torn and not is_new else b""
        for number, (when, one) in enumerate(entries):
            line = one.line(when.isoformat(timespec="microseconds"), before, self._lost if number == 0 else 0)
            before = digest(line)
            written += line + b"\n"
        _add(path, written, durable or is_new)
        if is_new:
            sync(home)
            for file in self._too_old(files, time):
                file.unlink()

    def _old(self, files: list[Path], time: datetime) -> list[Entry]:
        gone = [(file.name, last_line(file)[0]) for file in self._too_old(files, time)]
        return [Entry("server", REMOVED, "done", detail={"file": name, "last": last}) for name, last in gone]

    def _too_old(self, files: list[Path], time: datetime) -> list[Path]:
        if self._days is None:
            return []
        first = (time.date() - timedelta(days=self._days)).isoformat()
        return [file for file in files if file.stem < first]

    def _chain(self) -> Path:
        try:
            name = (self.folder / CHAIN).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            name = uuid.uuid4().hex[:12]
            make_folder(self.folder / name)
            with replaced(self.folder / CHAIN) as path:
                path.write_text(f"{name}\n", encoding="ascii")
                sync(path)
            sync(self.folder)
        make_folder(self.folder / name)
        return self.folder / name

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone among all processes of this folder; the lock of a process that was killed is free."""
        make_folder(self.folder)
        handle = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def files_of(chain: Path) -> list[Path]:
    """The files of a chain, oldest first."""
    return sorted(file for file in chain.iterdir() if file.name.endswith(ENDING) and not file.name.startswith("."))


def last_line(path: Path) -> tuple[str, bool]:
    """The digest of the last line of a file (GENESIS for an empty one), and whether its end is missing."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL))
        tail = file.read()
        if b"\n" not in tail[:-1]:
            file.seek(0)
            tail = file.read()
    if not tail:
        return GENESIS, False
    return digest(tail.removesuffix(b"\n").rpartition(b"\n")[2]), not tail.endswith(b"\n")


def _add(path: Path, content: bytes, durable: bool) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if os.write(handle, content) < len(content):  # the next entry ends the line that was cut
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        if durable:
            os.fsync(handle)
    finally:
        os.close(handle)
