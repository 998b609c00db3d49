"""Stored DICOM pixels as values."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from ssb.errors import InputError, SSBError
from ssb.volumes.dicom_file import open_dataset
from ssb.volumes.dicom_frames import frames_of
from ssb.volumes.dicom_slices import Slice

TRANSFER_SYNTAXES = {
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    RLELossless,
    JPEG2000Lossless,
    JPEG2000,
    JPEGLSLossless,
    JPEGLSNearLossless,
}
"""What our requirements decode; others work where a further pydicom plugin such as python-gdcm is installed."""

_THREADS = 4


def read_values(slices: list[Slice]) -> np.ndarray:
    """The values of the slices, (I, J, K) in the slices' order: int16 where all are whole and fit, else float32."""
    files: dict[Path, list[int]] = defaultdict(list)
    for k, one in enumerate(slices):
        files[one.path].append(k)
    with ThreadPoolExecutor(_THREADS) as pool:
        stored = pool.map(_read_frames, files)
        planes: dict[int, np.ndarray] = {}
        for frames, ks in zip(stored, files.values(), strict=True):
            planes.update({k: _plane(slices[k], frames) for k in ks})
    return np.stack([planes[k] for k in range(len(slices))]).T


def rescale(stored: np.ndarray, slope: float, intercept: float) -> np.ndarray:
    """slope * stored + intercept (DICOM PS3.3 C.11.1): int16 where the result is whole and fits, else float32."""
    if slope.is_integer() and intercept.is_integer():
        whole = stored.astype(np.int64) * int(slope) + int(intercept)
        limits = np.iinfo(np.int16)
        if limits.min <= whole.min() and whole.max() <= limits.max:
            return whole.astype(np.int16)
    return (stored.astype(np.float64) * slope + intercept).astype(np.float32)


def _plane(one: Slice, frames: np.ndarray) -> np.ndarray:
    columns, rows = one.size
    if one.frame >= len(frames) or frames.shape[1:] != (rows, columns):
        raise InputError(f"The file {one.path.name} is broken: its pixels are {frames.shape}, its header says {rows} x {columns}.")
    # bits above the stored ones may hold anything (old overlays), and JPEG-LS comes without its sign
    unused = frames.dtype.itemsize * 8 - one.bits
    if unused < 0:
        raise InputError(f"The file {one.path.name} is broken: it stores {one.bits} bits in pixels of {frames.dtype.itemsize * 8}.")
    return rescale((frames[one.frame] << unused) >> unused, one.slope, one.intercept)


def _read_frames(path: Path) -> np.ndarray:
    """(frames, rows, columns) as stored."""
    syntax = UID("")
    try:
        dataset = open_dataset(path)
        syntax = UID(str(dataset.file_meta.TransferSyntaxUID))
        return frames_of(dataset, path.name)
    except SSBError:
        raise
    except Exception as error:  # each decoder behind pydicom raises its own errors
        if not syntax.is_private and syntax.is_transfer_syntax and syntax not in TRANSFER_SYNTAXES:
            raise InputError(
                f"The file {path.name} is compressed as {syntax.name}: we read uncompressed DICOM, JPEG 2000, JPEG-LS and RLE."
            ) from error
        raise InputError(f"The file {path.name} is broken: its pixels cannot be read.") from error
