"""One DICOM slice: where it lies and how its stored numbers become values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset

from ssb.errors import InputError
from ssb.volumes.checks import check_origin, check_rescale, check_spacing
from ssb.volumes.dicom_file import dicom_errors

TAGS = [
    "SOPClassUID",
    "SeriesInstanceUID",
    "SeriesDescription",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "RescaleSlope",
    "RescaleIntercept",
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "BitsStored",
    "HighBit",
    "NumberOfFrames",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
]
"""The only elements of a header that we read; none of them is about the patient's person."""

_IMAGE_PIXEL = 0x0028
_GROUPS = ("PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence", "PixelValueTransformationSequence")


@dataclass(frozen=True)
class Slice:
    """One plane of an image series, from its own file or from a frame of a multi-frame file.

    path, frame: the file, and which of its frames (0 in a single-frame file).
    size: columns, rows. position: LPS mm of the first pixel's centre. orientation: direction cosines of growing column
    index, then of growing row index. spacing: mm between columns, then between rows (PixelSpacing has them the other way round).
    slope, intercept: value = slope * stored + intercept. bits: how many low bits of a stored number count.
    """

    path: Path
    frame: int
    size: tuple[int, int]
    position: tuple[float, ...]
    orientation: tuple[float, ...]
    spacing: tuple[float, float]
    slope: float
    intercept: float
    bits: int


def slices_of(path: Path, header: Dataset) -> list[Slice]:
    """The slices of one file; an InputError where an element is missing, not a number or beyond its limits."""
    with dicom_errors(path.name):
        return _slices_of(path, header)


def _slices_of(path: Path, header: Dataset) -> list[Slice]:
    (samples,) = _numbers(path, header, "SamplesPerPixel", 1)
    if samples != 1:
        raise InputError(f"The file {path.name} is a colour image: it must hold one value a pixel.")
    if "PerFrameFunctionalGroupsSequence" not in header:
        return [_slice(path, 0, header)]
    shared = header.get("SharedFunctionalGroupsSequence") or [Dataset()]
    return [
        _slice(path, number, _one_frame(header, groups, shared[0])) for number, groups in enumerate(header.PerFrameFunctionalGroupsSequence)
    ]


def _one_frame(header: Dataset, groups: Dataset, shared: Dataset) -> Dataset:
    """The frame's elements as a single-frame header would have them; a frame's own group goes before the shared one."""
    flat = Dataset()
    flat.update(header.group_dataset(_IMAGE_PIXEL))
    for name in _GROUPS:
        for items in (shared.get(name), groups.get(name)):
            flat.update(items[0] if items else Dataset())
    return flat


def _slice(path: Path, frame: int, header: Dataset) -> Slice:
    between_rows, between_columns = _numbers(path, header, "PixelSpacing", 2)
    check_spacing((between_columns, between_rows), path.name)
    columns, rows, bits, high = (int(_numbers(path, header, keyword, 1)[0]) for keyword in ("Columns", "Rows", "BitsStored", "HighBit"))
    if min(columns, rows) < 1 or not 1 <= bits <= 32:
        raise InputError(f"The file {path.name} is broken: it has {rows} rows, {columns} columns and {bits} bits a pixel, of 1 to 32.")
    if high != bits - 1:
        raise InputError(f"The file {path.name} stores {bits} bits with the highest bit {high}: it must be bit {bits - 1}.")
    slope, intercept = _rescale(path, header)
    position = _numbers(path, header, "ImagePositionPatient", 3)
    check_origin(position, path.name)
    return Slice(
        path=path,
        frame=frame,
        size=(columns, rows),
        position=position,
        orientation=_unit(path, _numbers(path, header, "ImageOrientationPatient", 6)),
        spacing=(between_columns, between_rows),
        slope=slope,
        intercept=intercept,
        bits=bits,
    )


def _rescale(path: Path, header: Dataset) -> tuple[float, float]:
    if "RescaleSlope" not in header and "RescaleIntercept" not in header:
        return 1.0, 0.0
    (slope,), (intercept,) = (_numbers(path, header, keyword, 1) for keyword in ("RescaleSlope", "RescaleIntercept"))
    check_rescale(slope, intercept, path.name)
    return slope, intercept


def _unit(path: Path, orientation: tuple[float, ...]) -> tuple[float, ...]:
    """Both directions with length 1: the header has them rounded to a few digits."""
    row, column = orientation[:3], orientation[3:]
    lengths = math.hypot(*row), math.hypot(*column)
    slant = sum(a * b for a, b in zip(row, column, strict=True))
    if any(abs(length - 1) > 1e-2 for length in lengths) or abs(slant) > 1e-2:
        raise InputError(f"The file {path.name} has an ImageOrientationPatient that is not two unit directions at right angles.")
    return tuple(v / lengths[0] for v in row) + tuple(v / lengths[1] for v in column)


def _numbers(path: Path, dataset: Dataset, keyword: str, count: int) -> tuple[float, ...]:
    """The `count` finite numbers of an element."""
    try:
        value = dataset[keyword].value
        numbers = tuple(float(v) for v in (value if count > 1 else [value]))
    except (KeyError, TypeError, ValueError):
        numbers = ()
    if len(numbers) != count or not all(math.isfinite(v) for v in numbers):
        raise InputError(f"The file {path.name} is broken: its {keyword} is missing or is not {count} finite number{'s'[: count > 1]}.")
    return numbers
