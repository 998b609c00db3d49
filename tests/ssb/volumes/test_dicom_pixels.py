from collections.abc import Callable
from pathlib import Path

import jpeg_ls
import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless, RLELossless

from ssb.errors import InputError
from ssb.volumes import Volume, read_volume, write_dicom_series
from ssb.volumes.dicom_pixels import rescale


@pytest.mark.parametrize(
    ("slope", "intercept", "expected", "dtype"),
    [
        (1.0, -1024.0, [-1024, 0, 2976], np.int16),
        (2.0, 0.0, [0, 2048, 8000], np.int16),
        (0.5, 0.25, [0.25, 512.25, 2000.25], np.float32),
        (1.0, 30000.0, [30000, 31024, 34000], np.float32),
        (1.0, -32768.0, [-32768, -31744, -28768], np.int16),
        (1.0, -32769.0, [-32769, -31745, -28769], np.float32),
    ],
)
def test_rescale(slope: float, intercept: float, expected: list[float], dtype: type) -> None:
    values = rescale(np.array([0, 1024, 4000], dtype=np.uint16), slope, intercept)
    assert values.dtype == dtype
    np.testing.assert_array_equal(values, expected)


def test_each_slice_has_its_own_rescale(series: Path, axial: Volume, edit: Callable[..., Path]) -> None:
    edit(2, RescaleSlope=2, RescaleIntercept=-1000)
    edit(5, RescaleSlope=0.25)
    array = read_volume(series).array
    assert array.dtype == np.float32
    stored = axial.array.astype(float) + 1024
    np.testing.assert_array_equal(array[:, :, 1], stored[:, :, 1] * 2 - 1000)
    np.testing.assert_array_equal(array[:, :, 4], stored[:, :, 4] * 0.25 - 1024)
    np.testing.assert_array_equal(array[:, :, [0, 2, 3, 5]], axial.array[:, :, [0, 2, 3, 5]])


@pytest.mark.parametrize("compressed", [False, True])
def test_twelve_signed_bits_keep_their_sign_and_lose_what_lies_above(series: Path, compressed: bool) -> None:
    expected = np.random.default_rng(1).integers(-2048, 2048, (9, 8)).astype(np.int16)
    for path in series.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.BitsStored, dataset.HighBit = 12, 11
        low = (expected.T & 0x0FFF).astype(np.uint16)
        if compressed:
            dataset.file_meta.TransferSyntaxUID = JPEGLSLossless
            dataset.PixelData = encapsulate([bytes(jpeg_ls.encode_buffer(low.tobytes(), 8, 9, 1, 12))])
        else:
            dataset.PixelData = (low | 0x5000).tobytes()
        dataset.save_as(path)
    array = read_volume(series).array
    for k in range(6):
        np.testing.assert_array_equal(array[:, :, k], expected - 1024)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_pixels_cut_short_are_a_broken_file(tmp_path: Path, oblique: Volume, syntax: pydicom.uid.UID) -> None:
    folder = write_dicom_series(oblique, tmp_path / "cut", seed_uid="x", transfer_syntax=syntax)
    path = folder / "000002.dcm"
    path.write_bytes(path.read_bytes()[:-150])
    with pytest.raises(InputError, match=r"^The file 000002\.dcm is broken: its pixels cannot be read\.$"):
        read_volume(folder)


def test_no_pixels_are_a_broken_file(series: Path, edit: Callable[..., Path]) -> None:
    edit(4, PixelData=None)
    with pytest.raises(InputError, match=r"^The file 000004\.dcm is broken: its pixels cannot be read\.$"):
        read_volume(series)


def test_an_unknown_compression_is_named(series: Path) -> None:
    dataset = pydicom.dcmread(series / "000004.dcm")
    dataset.file_meta.TransferSyntaxUID = JPEGLosslessSV1
    dataset.PixelData = encapsulate([b"\xff\xd8\xff\xd9"])
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(series / "000004.dcm")
    with pytest.raises(InputError, match=r"000004\.dcm is compressed as JPEG Lossless.*: we read uncompressed DICOM, JPEG 2000, JPEG-LS"):
        read_volume(series)
