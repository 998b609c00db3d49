"""NRRD files read with care: the header first and only so much of it, then exactly the voxels that it tells of.

pynrrd unpacks all that a file holds before it compares sizes, skips as many lines as a header asks for, and opens whatever file one names.
"""

from __future__ import annotations

import bz2
import gzip
import io
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import nrrd
import numpy as np

from ssb.errors import InputError, SSBError
from ssb.limits import GZIP_RATIO
from ssb.volumes.sizes import check_sizes

LARGEST_HEADER = 1 << 20
"""Bytes of a header that are read (our choice: 3D Slicer writes some hundred for a segment)."""

MOST_LINES = 100
"""Lines before the voxels that are passed over (our choice)."""

_PACKED: dict[str, Callable[[BinaryIO], Any]] = {"gzip": gzip.open, "gz": gzip.open, "bzip2": bz2.open, "bz2": bz2.open}
_MOST_PACKED = {"gzip": GZIP_RATIO, "gz": GZIP_RATIO, "bzip2": 1 << 20, "bz2": 1 << 20}
"""Bytes that one byte can stand for, at most: bzip2 packs 45 MB of zeros into 45 bytes."""

_PIECE = 1 << 20


def read_nrrd_file(path: Path) -> tuple[np.ndarray, dict[str, Any]]:
    """The array, in the axes' order of the file, and the header of a NRRD file.

    Errors: InputError for a file that cannot be read, holds less than its header claims, or names a data file outside its own folder;
    TooLargeError for more voxels than `ssb.limits` allows.
    """
    with _errors(path), path.open("rb") as file:
        header = _header(file, path.name)
        target = _data_file(path, header)
        if target is None:
            return _voxels(file, header, path.name), header
        with target.open("rb") as data:
            return _voxels(data, header, path.name), header


def read_nrrd_header(path: Path) -> dict[str, Any]:
    """The header alone; an InputError where it cannot be read."""
    with _errors(path), path.open("rb") as file:
        return _header(file, path.name)


def locate_voxels(path: Path) -> tuple[dict[str, Any], Path, int]:
    """The header, the file that holds the voxels, and where in it they begin, before any skips; errors as of `read_nrrd_file`."""
    with _errors(path), path.open("rb") as file:
        header = _header(file, path.name)
        data = _data_file(path, header)
        return header, data or path, 0 if data else file.tell()


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as numpy's of text that ends early: the sizes tell
            yield
    except SSBError:
        raise
    except Exception as error:  # pynrrd raises what its parsers happen to meet: KeyError, IndexError, zlib.error ...
        raise InputError(f"The file {path.name} is broken: it cannot be read as NRRD.") from error


def _header(file: BinaryIO, name: str) -> dict[str, Any]:
    """The header; `file` then stands behind it."""
    start = io.BytesIO(file.read(LARGEST_HEADER))
    header = dict(nrrd.read_header(start))
    if start.tell() >= LARGEST_HEADER:
        raise InputError(f"The file {name} is broken: its header has more than {LARGEST_HEADER} bytes.")
    file.seek(start.tell())
    return header


def _data_file(path: Path, header: dict[str, Any]) -> Path | None:
    # a header that came from elsewhere must not make the server read, and show, any file of the machine
    data = header.get("data file", header.get("datafile"))
    if data is None:
        return None
    folder = path.parent.resolve()
    target = (folder / data).resolve()
    if target.parent != folder:
        raise InputError(f"The file {path.name} names the data file {data}: it must lie in the same folder.")
    if not target.is_file():
        raise InputError(f"The file {path.name} names the data file {data}, which does not exist.")
    return target


def _voxels(file: BinaryIO, header: dict[str, Any], name: str) -> np.ndarray:
    held = os.fstat(file.fileno()).st_size
    count = check_sizes([int(n) for n in header["sizes"]], name, held=held * _MOST_PACKED.get(str(header["encoding"]), 1))
    lines, skipped = (int(header.get(f"{what}skip", header.get(f"{what} skip", 0))) for what in ("line", "byte"))
    packed = _PACKED.get(str(header["encoding"]))
    if not 0 <= lines <= MOST_LINES or skipped < (0 if packed else -1):
        raise InputError(f"The file {name} is broken: it asks to skip {lines} lines and {skipped} bytes before its voxels.")
    for _ in range(lines):
        file.readline(LARGEST_HEADER)
    if packed is None and skipped > 0:
        file.seek(skipped, os.SEEK_CUR)
    content = _Content(packed(file) if packed else file)
    if packed:
        content.read(min(skipped, _PIECE))
    plain = {**header, "encoding": "raw" if packed else header["encoding"]}
    for key in ("lineskip", "line skip", "byteskip", "byte skip", "datafile", "data file"):
        plain.pop(key, None)
    if skipped == -1:
        content = _Content(_last(file, plain, count))
    return nrrd.read_data(plain, content, index_order="F")


def _last(file: BinaryIO, header: dict[str, Any], count: int) -> BinaryIO:
    """The file where its last voxels begin."""
    itemsize = nrrd.read_data({**header, "sizes": np.zeros_like(header["sizes"]), "encoding": "raw"}, io.BytesIO()).dtype.itemsize
    file.seek(-itemsize * count, os.SEEK_END)
    return file


class _Content(io.BytesIO):
    """What pynrrd takes for a file in memory: it asks it for exactly the bytes of the voxels, which come from the file as they are."""

    def __init__(self, source: Any) -> None:
        super().__init__()
        self._source = source

    def read(self, size: int | None = -1) -> bytes:
        """Up to `size` bytes, all where it is negative, and memory only for what is there."""
        found, wanted = bytearray(), float("inf") if size is None or size < 0 else size
        while len(found) < wanted and (piece := self._source.read(int(min(_PIECE, wanted - len(found))))):
            found += piece
        return bytes(found)
