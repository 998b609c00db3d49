"""DICOM files opened with care: whatever is wrong with one becomes one sentence, and none unpacks to more than it should."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset
from pydicom.filereader import _read_file_meta_info, read_preamble
from pydicom.uid import DeflatedExplicitVRLittleEndian

from ssb.errors import InputError, SSBError
from ssb.limits import check_unpacked

_CHUNK = 1 << 16
_MOST = 1 << 20


@contextmanager
def dicom_errors(name: str) -> Iterator[None]:
    """What pydicom raises in the block becomes an InputError that names the file.

    Its parsers raise what they happen to meet, also when an element is first looked at: InvalidDicomError, struct.error, KeyError,
    NotImplementedError, RecursionError ...
    """
    try:
        yield
    except SSBError:
        raise
    except Exception as error:
        raise InputError(f"The file {name} is broken: it cannot be read as DICOM.") from error


def open_dataset(path: Path, **options: Any) -> Dataset:
    """The dataset of a file. options: those of `pydicom.dcmread`. Raises InputError, and TooLargeError for a decompression bomb."""
    with dicom_errors(path.name):
        _check_deflated(path)
        return pydicom.dcmread(path, **options)


def _check_deflated(path: Path) -> None:
    """A file in Deflated Explicit VR is unpacked as a whole by pydicom, also for its header alone: here first in small pieces."""
    with path.open("rb") as file:
        read_preamble(file, False)
        if _read_file_meta_info(file).get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
            return
        inflate, unpacked, size = zlib.decompressobj(-zlib.MAX_WBITS), 0, path.stat().st_size
        while chunk := file.read(_CHUNK):
            while chunk:
                unpacked += len(inflate.decompress(chunk, _MOST))
                check_unpacked(size, unpacked, path.name)
                chunk = inflate.unconsumed_tail
