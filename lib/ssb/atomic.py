"""Files that are whole or absent: written beside their place, then renamed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A path to write to; it becomes `path` when the block ends, and vanishes when the block fails.

    The temporary path has the same file name in a new folder beside `path`, since some writers choose the format by the name.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
        temporary = Path(folder) / path.name
        yield temporary
        temporary.replace(path)
