"""A backup is written while the server runs: what it holds never changes once it is there."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ssb.annotations.durable import sync
from ssb.atomic import replaced
from ssb.backup.layout import ANNOTATIONS, CHOICE, FORMAT, MANIFEST, audit_files, units_of
from ssb.errors import SSBError
from ssb.versions.pointer import POINTER

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Saved:
    """What a backup holds. bytes: of all files in it."""

    annotations: int
    models: int
    bytes: int


def back_up(file: Path, annotations: Path | None, models: Path | None, on_progress: Progress | None = None) -> Saved:
    """Write a tar file with every annotation version, every model version and the audit log of the site, as they are when it starts.

    annotations: the store's folder. models: the model folder; the shipped checkpoints come with the program and are left out. A version
    that is added meanwhile is left for the next backup. on_progress: called with files done and files in all. The file is there whole, on
    the disk, or not at all. Raises SSBError where something cannot be read or the file cannot be written.
    """
    try:
        return _back_up(file, annotations, models, on_progress or (lambda done, of: None))
    except OSError as error:
        raise SSBError(f"The backup {file.name} cannot be written: {error.filename or ''} {error.strerror or error}.") from error


def _back_up(file: Path, annotations: Path | None, models: Path | None, on_progress: Progress) -> Saved:
    paths: dict[str, Path] = {}
    counts = {True: 0, False: 0}
    for name, folder in units_of(annotations, models):
        counts[name.startswith(f"{ANNOTATIONS}/")] += 1
        paths |= {f"{name}/{entry.name}": entry for entry in sorted(folder.iterdir()) if entry.is_file()}
    # Read once: the newest file of the log grows meanwhile.
    small = {name: _whole_lines(path) for name, path in audit_files(annotations)}
    choice = (models / POINTER).read_bytes() if models is not None and (models / POINTER).is_file() else None
    facts: dict[str, Any] = {name: _facts(path) for name, path in paths.items()}
    if choice is not None:
        small[CHOICE] = choice
    facts |= {name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in small.items()}
    manifest = {"format": FORMAT, "time": datetime.now(timezone.utc).isoformat(timespec="seconds"), "files": facts}
    with replaced(file) as temporary:
        with tarfile.open(temporary, "w") as tar:
            _add(tar, MANIFEST, (json.dumps(manifest) + "\n").encode())
            for name, content in small.items():
                _add(tar, name, content)
            for done, (name, path) in enumerate(paths.items(), start=1):
                tar.add(path, name, recursive=False)
                on_progress(done, len(paths))
        sync(temporary)
        os.chmod(temporary, 0o600)  # the masks and names of a site are nobody else's
    sync(file.parent)
    return Saved(counts[True], counts[False], sum(fact["bytes"] for fact in facts.values()))


def _whole_lines(path: Path) -> bytes:
    content = path.read_bytes()
    return content[: content.rfind(b"\n") + 1]


def _facts(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(content), 0o644, int(time.time())
    tar.addfile(entry, io.BytesIO(content))
