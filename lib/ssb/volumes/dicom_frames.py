"""The stored pixels of a DICOM object, decoded only once its sizes are known to be true."""

from __future__ import annotations

import struct

import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import generate_pixel_data_frame
from pydicom.pixel_data_handlers.util import pixel_dtype
from pydicom.uid import JPEG2000, UID, JPEG2000Lossless, JPEGLSLossless, JPEGLSNearLossless

from ssb.errors import InputError
from ssb.volumes.jpeg_ls_process import decode_jpeg_ls
from ssb.volumes.sizes import check_sizes

_JPEG_LS = (JPEGLSLossless, JPEGLSNearLossless)

_SLACK = 1 << 16
"""Bytes that a compressed frame may have beyond twice its pixels' (our choice): headers, and comments of its writer."""

_START_OF_JPEG_LS, _START_OF_SCAN = 0xF7, 0xDA
_OVERSIZE = 0xF8


def frames_of(dataset: Dataset, name: str) -> np.ndarray:
    """(frames, rows, columns) as stored. Raises an InputError where the sizes in the header, in compressed frames and of the pixels
    differ, and TooLargeError; else what the decoders behind pydicom raise, which are errors of every kind."""
    frames, rows, columns = int(dataset.get("NumberOfFrames") or 1), int(dataset.Rows), int(dataset.Columns)
    if int(dataset.SamplesPerPixel) != 1:
        raise InputError(f"The file {name} is a colour image: it must hold one value a pixel.")
    count = check_sizes((frames, rows, columns), name)
    if count == 0:
        raise InputError(f"The file {name} is broken: it has {frames} frames of {rows} x {columns} pixels.")
    syntax = UID(str(dataset.file_meta.TransferSyntaxUID))
    if syntax.is_encapsulated:
        _check_frames(dataset, syntax, frames, rows, columns, name)
    pixels = _jpeg_ls(dataset, frames, rows * columns, name) if syntax in _JPEG_LS else dataset.pixel_array
    if pixels.size != count:
        raise InputError(f"The file {name} is broken: its pixels are {pixels.shape}, its header says {frames} x {rows} x {columns}.")
    return pixels.reshape(frames, rows, columns)


def _jpeg_ls(dataset: Dataset, frames: int, count: int, name: str) -> np.ndarray:
    """(frames * count,) as stored, without the sign that a codestream does not have."""
    found = (decode_jpeg_ls(frame, count, name) for frame in generate_pixel_data_frame(dataset.PixelData, frames))
    return np.frombuffer(b"".join(found), pixel_dtype(dataset))


def _check_frames(dataset: Dataset, syntax: UID, frames: int, rows: int, columns: int, name: str) -> None:
    """The codec makes room for what a compressed frame says of itself, whatever the header says."""
    most = 2 * rows * columns * int(dataset.BitsAllocated) // 8 + _SLACK
    found = 0
    for frame in generate_pixel_data_frame(dataset.PixelData, frames):
        found += 1
        if len(frame) > most:
            raise InputError(f"The file {name} is broken: a compressed frame has {len(frame)} bytes for {rows} x {columns} pixels.")
        size = (rows, columns)
        if syntax in (JPEG2000, JPEG2000Lossless):
            size = _jpeg_2000_size(frame)
        elif syntax in _JPEG_LS:
            size = _jpeg_ls_size(frame)
        if size != (rows, columns):
            raise InputError(f"The file {name} is broken: a compressed frame is {size[0]} x {size[1]}, its header says {rows} x {columns}.")
    if found != frames:
        raise InputError(f"The file {name} is broken: it has {found} compressed frames, its header says {frames}.")


def _jpeg_2000_size(frame: bytes) -> tuple[int, int]:
    """Rows and columns by the SIZ marker, the first (ITU-T T.800, A.5.1); 0 x 0 unless it has one component in at most 65535 tiles."""
    if frame[:4] != b"\xff\x4f\xff\x51" or len(frame) < 42:
        return 0, 0
    right, low, left, top, tile_width, tile_height = struct.unpack(">6I", frame[8:32])
    (components,) = struct.unpack(">H", frame[40:42])
    columns, rows = right - left, low - top
    if components != 1 or not (tile_width and tile_height) or -(-columns // tile_width) * -(-rows // tile_height) > 65535:
        return 0, 0
    return rows, columns


def _jpeg_ls_size(frame: bytes) -> tuple[int, int]:
    """Rows and columns by the start-of-frame marker (ITU-T T.87, C.2.2); 0 x 0 unless it has one component and states no other size."""
    at, size = 2, (0, 0)
    while at + 4 <= len(frame) and frame[at] == 0xFF:
        kind, length = frame[at + 1], int.from_bytes(frame[at + 2 : at + 4], "big")
        if kind == _START_OF_SCAN:
            break
        if kind == _OVERSIZE and frame[at + 4 : at + 5] == b"\x04":
            return 0, 0
        if kind == _START_OF_JPEG_LS:
            rows, columns, components = struct.unpack(">HHB", frame[at + 5 : at + 10])
            size = (rows, columns) if components == 1 else (0, 0)
        at += 2 + max(length, 2)
    return size
