from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian

from ssb.errors import InputError
from ssb.limits import SMALL, TooLargeError
from ssb.volumes import read_volume
from ssb.volumes.dicom_file import dicom_errors, open_dataset


def test_a_deflated_file_is_read(series: Path) -> None:
    dataset = pydicom.dcmread(next(series.glob("*1.dcm")))
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset.save_as(series.parent / "deflated.dcm", write_like_original=False)
    assert open_dataset(series.parent / "deflated.dcm").PixelData == dataset.PixelData


def test_a_deflated_bomb_ends_early(series: Path) -> None:
    dataset = pydicom.dcmread(next(series.glob("*1.dcm")))
    del dataset.PixelData
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    path = series.parent / "bomb.dcm"
    dataset.save_as(path, write_like_original=False)
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    head = path.read_bytes()
    at = head.index(b"\x02\x00\x10\x00UI") + 8 + len(DeflatedExplicitVRLittleEndian)
    start = next(n for n in range(at, len(head)) if _inflates(head[n:]))
    content = packer.compress(zlib.decompress(head[start:], -zlib.MAX_WBITS)) + packer.compress(bytes(SMALL * 2)) + packer.flush()
    path.write_bytes(head[:start] + content)
    with pytest.raises(TooLargeError, match="unpacks to more than 200 times its size"):
        open_dataset(path, stop_before_pixels=True)


@pytest.mark.parametrize(
    "error", [KeyError("x"), NotImplementedError("x"), RecursionError("x"), UnicodeDecodeError("ascii", b"x", 0, 1, "x")]
)
def test_whatever_pydicom_raises_is_one_sentence(error: Exception) -> None:
    with pytest.raises(InputError, match=r"^The file a.dcm is broken: it cannot be read as DICOM\.$"), dicom_errors("a.dcm"):
        raise error


@pytest.mark.parametrize(
    ("elements", "sentence"),
    [
        ({"ImagePositionPatient": [1e30, 0, -10]}, "each coordinate must be within 100000 mm"),
        ({"RescaleSlope": 1e-300}, "rescale slope 1e-300"),
        ({"RescaleSlope": 1e300}, "rescale slope 1e\\+300"),
        ({"RescaleIntercept": -1e9}, "rescale intercept -1e\\+09"),
        ({"PixelSpacing": [1e9, 1e9]}, "has a voxel spacing of"),
        ({"NumberOfFrames": 2147483647}, "voxels: at most|is broken"),
        ({"NumberOfFrames": 2}, "is broken"),
        ({"BitsStored": 0, "HighBit": -1}, "is broken|bits"),
    ],
)
def test_absurd_values_are_refused(edit: Callable[..., Path], elements: dict[str, object], sentence: str) -> None:
    path = edit(1, **{key: value for key, value in elements.items() if value != -1})
    with pytest.raises((InputError, TooLargeError), match=sentence):
        read_volume(path.parent)


@pytest.mark.parametrize("keyword", ["PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "RescaleSlope", "RescaleIntercept"])
@pytest.mark.parametrize("text", [b"NaN", b"inf", b"-inf", b"1e999", b"", b"x"])
def test_texts_that_are_no_numbers_are_refused(series: Path, keyword: str, text: bytes) -> None:
    path = series / "000002.dcm"
    element = pydicom.dcmread(path)[keyword]
    count = 1 if isinstance(element.value, float) else len(element.value)
    value = b"\\".join([text] * count)
    content = path.read_bytes()
    at = content.index(element.tag.group.to_bytes(2, "little") + element.tag.element.to_bytes(2, "little") + b"DS")
    length = int.from_bytes(content[at + 6 : at + 8], "little")
    value += b" " * (len(value) % 2)
    path.write_bytes(content[: at + 6] + len(value).to_bytes(2, "little") + value + content[at + 8 + length :])
    with pytest.raises(InputError, match=f"The file 000002.dcm is broken: its {keyword} is missing or is not"):
        read_volume(series)


def _inflates(content: bytes) -> bool:
    try:
        return len(zlib.decompress(content, -zlib.MAX_WBITS)) > 500
    except zlib.error:
        return False
