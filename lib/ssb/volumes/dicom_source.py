"""The DICOM series that an image came from, as objects made from the image refer to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.valuerep import DA, TM, DSfloat

from ssb.errors import InputError, NotFoundError
from ssb.volumes.dicom_file import dicom_errors, open_dataset
from ssb.volumes.dicom_grid import order_slices
from ssb.volumes.dicom_scan import find_series
from ssb.volumes.dicom_slices import Slice

REQUIRED = ("StudyInstanceUID", "SOPClassUID", "SOPInstanceUID", "FrameOfReferenceUID")
"""What nothing can refer to a slice without."""

MAY_BE_EMPTY = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyID", "StudyDate", "StudyTime", "AccessionNumber",
    "ReferringPhysicianName", "PositionReferenceIndicator",
)  # fmt: skip
"""Elements of type 2 (PS3.3 C.7.1.1, C.7.2.1, C.7.4.1): there, but possibly empty. Sources that lost them are common."""

_FRAMES = ("NumberOfFrames", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")


@dataclass(frozen=True)
class SourceSeries:
    """A whole series, its slices by growing position along their normal, as `ssb.volumes.dicom.read_dicom` orders them.

    uid: its SeriesInstanceUID. affine: (4, 4), index (column, row, slice) to LPS mm. name: of its folder, for messages.
    """

    uid: str
    name: str
    slices: tuple[Slice, ...]
    affine: np.ndarray

    @classmethod
    def read(cls, path: Path, series_uid: str | None = None) -> SourceSeries:
        """The series that `ssb.volumes.dicom_scan.find_series` finds; errors: its own, and those of `order_slices`."""
        if not path.exists():
            raise NotFoundError(f"The DICOM series {path} does not exist.")
        name = (path if path.is_dir() else path.parent).resolve().name
        found = find_series(path, series_uid)
        slices, affine = order_slices(found.slices(), name)
        return cls(found.uid, name, tuple(slices), affine)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Columns, rows, slices."""
        return (*self.slices[0].size, len(self.slices))

    def part(self, start: int, stop: int) -> SourcePart:
        """The slices from `start` to before `stop`, each with the header that a file with this slice alone would have, without pixels.

        Private elements are left out. What MAY_BE_EMPTY is empty where the source lacks it, or has a sex or a date that DICOM does not
        know; the slices' real distance stands in SpacingBetweenSlices, and in SliceThickness where the source has none. Slices of one
        multi-frame file share its SOPInstanceUID. Raises InputError where the source lacks one of REQUIRED or cannot be read.
        """
        files: dict[Path, Dataset] = {}
        headers = []
        for one in self.slices[start:stop]:
            if one.path not in files:
                files[one.path] = _read(one.path)
            with dicom_errors(one.path.name):
                headers.append(self._header(files[one.path], one))
        return SourcePart(self, start, tuple(headers))

    def _header(self, file: Dataset, one: Slice) -> Dataset:
        header = Dataset()
        header.update({element.tag: element for element in file if element.keyword not in _FRAMES})
        for keyword in MAY_BE_EMPTY:
            if not _is_valid(keyword, header.get(keyword)):
                setattr(header, keyword, "")
        distance = DSfloat(float(np.linalg.norm(self.affine[:3, 2])), auto_format=True)
        header.SpacingBetweenSlices = distance
        header.SliceThickness = header.get("SliceThickness") or distance
        if header.get("LossyImageCompression") == "01":
            for keyword in ("LossyImageCompressionRatio", "LossyImageCompressionMethod"):
                header.setdefault(keyword, "")
        if "PerFrameFunctionalGroupsSequence" in file:
            header.ImagePositionPatient = _decimals(one.position)
            header.ImageOrientationPatient = _decimals(one.orientation)
            header.PixelSpacing = _decimals(one.spacing[::-1])
        return header


@dataclass(frozen=True)
class SourcePart:
    """Neighbouring slices of a series, the first at index `start`, with their headers."""

    series: SourceSeries
    start: int
    headers: tuple[Dataset, ...]

    def reference(self, position: Sequence[float]) -> Dataset:
        """A reference (PS3.3 10.3) to the slice whose first voxel is at `position`, LPS mm, with its frame number in a multi-frame file."""
        k = int(np.rint(np.linalg.solve(self.series.affine, [*(float(v) for v in position), 1.0])[2]))
        one, header = self.series.slices[k], self.headers[k - self.start]
        found = Dataset()
        found.ReferencedSOPClassUID, found.ReferencedSOPInstanceUID = header.SOPClassUID, header.SOPInstanceUID
        if sum(other.path == one.path for other in self.series.slices) > 1:
            found.ReferencedFrameNumber = one.frame + 1
        return found


def _read(path: Path) -> Dataset:
    with dicom_errors(path.name):
        header = open_dataset(path, stop_before_pixels=True)
        header.remove_private_tags()
        header.decode()
    if lacking := [keyword for keyword in REQUIRED if not header.get(keyword)]:
        raise InputError(f"The file {path.name} has no {lacking[0]}: other DICOM objects cannot refer to it.")
    return header


def _is_valid(keyword: str, value: Any) -> bool:
    """Whether the element is there and, for a sex, date or time, is one that DICOM knows."""
    if keyword == "PatientSex":
        return value in ("M", "F", "O")
    try:
        return value is not None and {"PatientBirthDate": DA, "StudyDate": DA, "StudyTime": TM}.get(keyword, str)(value) is not None
    except (ValueError, TypeError):
        return False


def _decimals(values: Sequence[float]) -> list[DSfloat]:
    return [DSfloat(float(v), auto_format=True) for v in values]
