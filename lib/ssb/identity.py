"""By what a file is known again: its bytes, or, where these are many, its place, size and time of change."""

from __future__ import annotations

import hashlib
from pathlib import Path


def sha256_of(path: Path) -> str:
    """Of a file's bytes, 64 hex digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def file_identity(path: Path) -> str:
    """A text that changes with the file's place, size or time of change; for a folder, with those of any file in it.

    A path with nothing there has one too, so that its reader says what is wrong.
    """
    parts = path.rglob("*") if path.is_dir() else [path]
    facts = [(str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns) for file in sorted(parts) if file.is_file()]
    return hashlib.sha256(repr(facts).encode()).hexdigest()
