"""Compressed image files as uncompressed copies, of which a part can be read: made once, the latest kept."""

from __future__ import annotations

import gzip
import hashlib
import threading
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from ssb.atomic import replaced
from ssb.errors import InputError
from ssb.identity import file_identity
from ssb.limits import TooLargeError, limits
from ssb.volumes.nifti import LARGEST_OFFSET

SMALLEST_BYTES = 32 * 2**20
"""Compressed files below this are not worth a copy: they are read whole at once (our choice)."""
KEPT_BYTES = 8 * 2**30
"""The copies together stay below this, the newest is always kept (our choice)."""

_CHUNK = 2**20
_LARGEST_VOXEL = 8
"""Bytes."""
_one_at_a_time = threading.Lock()


def unpacked(path: Path, folder: Path) -> Path:
    """The file itself, or for a large .nii.gz or gzipped .nrrd an uncompressed copy in `folder`, made where it is not there yet.

    Memory does not depend on the file's size. The copy's name follows from the file's place, size and time of change. Raises InputError for
    a file that cannot be decompressed, TooLargeError for one with more voxels than `ssb.limits` allows.
    """
    name = path.name.lower()
    if not name.endswith((".nii.gz", ".nrrd")) or path.stat().st_size < SMALLEST_BYTES:
        return path
    if name.endswith(".nrrd") and not _is_gzipped_nrrd(path):
        return path
    digest = hashlib.sha256(file_identity(path).encode()).hexdigest()[:16]
    copy = folder / f"{digest}{'.nii' if name.endswith('.nii.gz') else '.nrrd'}"
    with _one_at_a_time:
        if copy.is_file():
            copy.touch()
            return copy
        folder.mkdir(parents=True, exist_ok=True)
        _unpack(path, copy)
        _drop_old(folder, copy)
    return copy


def _unpack(path: Path, copy: Path) -> None:
    try:
        with replaced(copy) as target, path.open("rb") as source, target.open("wb") as file:
            if copy.suffix == ".nrrd":
                file.writelines(_raw_header(_header_lines(source)))
            most = file.tell() + _LARGEST_VOXEL * limits().voxels + LARGEST_OFFSET
            with gzip.GzipFile(fileobj=source) as content:
                while piece := content.read(_CHUNK):
                    file.write(piece)
                    if file.tell() > most:
                        raise TooLargeError(f"The file {path.name} unpacks to more than the {limits().voxels} voxels that are taken.")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"The file {path.name} is broken: it cannot be decompressed.") from error


def _header_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a NRRD header with the empty one that ends it; the file is left where the data start."""
    for line in iter(file.readline, b""):
        yield line
        if not line.strip():
            return


def _raw_header(lines: Iterable[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield b"encoding: raw\n" if line.lower().startswith(b"encoding:") else line


def _is_gzipped_nrrd(path: Path) -> bool:
    """Whether the data lie in the file itself and are gzipped."""
    with path.open("rb") as file:
        fields = dict(line.lower().split(b":", 1) for line in _header_lines(file) if b":" in line)
    return fields.get(b"encoding", b"").strip() in (b"gzip", b"gz") and not {b"data file", b"datafile"} & set(fields)


def _drop_old(folder: Path, newest: Path) -> None:
    copies = sorted((file for file in folder.iterdir() if file.is_file() and file != newest), key=lambda file: file.stat().st_mtime_ns)
    total = sum(file.stat().st_size for file in [*copies, newest])
    for file in copies:
        if total <= KEPT_BYTES:
            return
        total -= file.stat().st_size
        file.unlink(missing_ok=True)
