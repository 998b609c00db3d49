from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate, generate_pixel_data_frame
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from ssb.errors import InputError
from ssb.volumes import Volume, read_volume, write_dicom_series
from ssb.volumes.dicom_frames import frames_of

SYNTAXES = {"jpeg-2000": JPEG2000Lossless, "jpeg-ls": JPEGLSLossless, "rle": RLELossless}


@pytest.fixture
def compressed(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The first file of a series of 40 x 36 pixels in the wanted syntax."""
    array = np.random.default_rng(0).integers(-900, 900, (40, 36, 3)).astype(np.int16)
    folder = write_dicom_series(
        Volume(array, np.diag([0.7, 0.7, 2, 1])), tmp_path / "s", seed_uid="s", transfer_syntax=SYNTAXES[request.param]
    )
    return folder / "000001.dcm"


def with_frame(path: Path, frames: list[bytes]) -> None:
    dataset = pydicom.dcmread(path)
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path)


def frame(path: Path) -> bytes:
    return next(iter(generate_pixel_data_frame(pydicom.dcmread(path).PixelData, 1)))


@pytest.mark.parametrize("compressed", ["jpeg-2000", "jpeg-ls"], indirect=True)
def test_a_codestream_of_another_size_is_not_decoded(compressed: Path) -> None:
    found = frame(compressed)
    rows, columns = struct.pack(">H", 36), struct.pack(">H", 40)
    wide = found.replace(rows + columns, struct.pack(">HH", 60000, 60000), 1)
    if found[:4] == b"\xff\x4f\xff\x51":
        wide = found[:8] + struct.pack(">6I", 60000, 60000, 0, 0, 60000, 60000) + found[32:]
    assert wide != found
    with_frame(compressed, [wide])
    with pytest.raises(InputError, match=r"a compressed frame is 60000 x 60000, its header says 36 x 40\."):
        read_volume(compressed.parent)


@pytest.mark.parametrize("compressed", ["jpeg-2000", "jpeg-ls", "rle"], indirect=True)
def test_frames_that_are_no_codestreams_or_too_long_or_too_few_are_refused(compressed: Path) -> None:
    read_volume(compressed.parent)
    whole = frame(compressed)
    for frames in ([b"\xff\x4f" + bytes(60)], [whole + bytes(1 << 17)]):
        with_frame(compressed, frames)
        with pytest.raises(InputError, match=r"The file 000001.dcm is broken: "):
            read_volume(compressed.parent)
    with_frame(compressed, [whole])
    dataset = pydicom.dcmread(compressed)
    dataset.NumberOfFrames = 3
    with pytest.raises((InputError, ValueError)):
        frames_of(dataset, "a")


def test_a_native_file_that_is_too_short_or_has_no_rows_is_refused(series: Path) -> None:
    dataset = pydicom.dcmread(series / "000001.dcm")
    dataset.Rows = 0
    with pytest.raises(InputError, match="it has 1 frames of 0 x 9 pixels"):
        frames_of(dataset, "a")
