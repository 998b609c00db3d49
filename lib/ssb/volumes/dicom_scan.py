"""Which files of a folder are slices, and of which DICOM series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.misc import is_dicom
from pydicom.uid import (
    CTImageStorage,
    EnhancedCTImageStorage,
    EnhancedMRImageStorage,
    EnhancedPETImageStorage,
    LegacyConvertedEnhancedCTImageStorage,
    LegacyConvertedEnhancedMRImageStorage,
    LegacyConvertedEnhancedPETImageStorage,
    MRImageStorage,
    PositronEmissionTomographyImageStorage,
)

from ssb.errors import InputError, NotFoundError
from ssb.volumes.dicom_file import dicom_errors, open_dataset
from ssb.volumes.dicom_slices import TAGS, Slice, slices_of

IMAGE_CLASSES = {
    CTImageStorage,
    EnhancedCTImageStorage,
    LegacyConvertedEnhancedCTImageStorage,
    MRImageStorage,
    EnhancedMRImageStorage,
    LegacyConvertedEnhancedMRImageStorage,
    PositronEmissionTomographyImageStorage,
    EnhancedPETImageStorage,
    LegacyConvertedEnhancedPETImageStorage,
}
"""SOP classes whose frames are slices of a volume; reports, segmentations, secondary captures and so on are passed over."""

_SHOWN = 4


@dataclass
class Series:
    """The files that share one SeriesInstanceUID, with their headers, in no order yet."""

    uid: str
    description: str
    files: list[tuple[Path, Dataset]] = field(default_factory=list)

    def slices(self) -> list[Slice]:
        """The slices of all files; an InputError where one is broken (see `slices_of`)."""
        return [one for path, header in self.files for one in slices_of(path, header)]

    def __str__(self) -> str:
        called = f' "{self.description}"' if self.description else ""
        count = sum(_frames(header) for _, header in self.files)
        return f"{self.uid}{called} with {count} slice{'s'[: count > 1]}"


def find_series(path: Path, series_uid: str | None = None) -> Series:
    """The one series in a folder, the one that `series_uid` names, or, where `path` is a file, the one this file belongs to.

    Files that are not DICOM, DICOMDIR, hidden files and other classes than IMAGE_CLASSES are passed over.
    Errors: InputError for a file named .dcm or begun as DICOM that cannot be read, for a folder without slices and for more than
    one series; NotFoundError for a `series_uid` that is not there.
    """
    found: dict[str, Series] = {}
    folder = path if path.is_dir() else path.parent
    for file, header in _headers(folder):
        with dicom_errors(file.name):
            series = found.setdefault(str(header.SeriesInstanceUID), _series(header))
        series.files.append((file, header))
        if file == path and series_uid is None:
            series_uid = series.uid
    if not found:
        raise InputError(f"The folder {folder.name} holds no DICOM slices of CT, MR or PET.")
    if path.is_file() and series_uid is None:
        raise InputError(f"The file {path.name} is not a DICOM slice of CT, MR or PET.")
    return _choose(folder, found, series_uid)


def _frames(header: Dataset) -> int:
    """How many the header tells of, for a sentence: what it is worth is seen when it is read."""
    try:
        return int(header.get("NumberOfFrames") or 1)
    except Exception:  # pydicom raises what its parsers happen to meet
        return 1


def _series(header: Dataset) -> Series:
    return Series(str(header.SeriesInstanceUID), str(header.get("SeriesDescription") or ""))


def _choose(folder: Path, found: dict[str, Series], series_uid: str | None) -> Series:
    names = "; ".join(str(series) for series in list(found.values())[:_SHOWN])
    names += f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    if series_uid is not None:
        if series_uid not in found:
            raise NotFoundError(f"The folder {folder.name} does not hold the series {series_uid}, but: {names}.")
        return found[series_uid]
    if len(found) > 1:
        raise InputError(f"The folder {folder.name} holds {len(found)} DICOM series, one is needed: {names}.")
    return next(iter(found.values()))


def _headers(folder: Path) -> Iterator[tuple[Path, Dataset]]:
    for file in sorted(folder.iterdir()):
        if file.name.startswith(".") or file.name == "DICOMDIR" or not file.is_file():
            continue
        if file.suffix.lower() != ".dcm" and not is_dicom(file):
            continue
        header = open_dataset(file, stop_before_pixels=True, specific_tags=list(TAGS))
        with dicom_errors(file.name):
            if _sop_class(file, header) not in IMAGE_CLASSES:
                continue
            if not header.get("SeriesInstanceUID"):
                raise InputError(f"The file {file.name} is broken: it has no SeriesInstanceUID.")
        yield file, header


def _sop_class(file: Path, header: Dataset) -> str:
    uid = header.get("SOPClassUID") or header.file_meta.get("MediaStorageSOPClassUID")
    if not uid:
        raise InputError(f"The file {file.name} is broken: it does not say what kind of DICOM object it is.")
    return str(uid)
