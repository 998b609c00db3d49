"""DICOM series of a folder, each converted once to a NIfTI file on the same voxels."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydicom.misc import is_dicom

from ssb.atomic import replaced
from ssb.errors import InputError, SSBError
from ssb.volumes import read_volume, write_nifti
from ssb.volumes.dicom_file import dicom_errors, open_dicom

UNREADABLE = "unreadable in folder"


@dataclass(frozen=True)
class Series:
    """The files of one series in one folder."""

    uid: str
    folder: Path
    files: tuple[Path, ...]

    @property
    def state(self) -> str:
        """A text that changes when a file is added, removed or changed."""
        facts = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in self.files]
        return hashlib.sha256(repr(facts).encode()).hexdigest()


def is_uid(text: str) -> bool:
    """Whether the text is a UID as DICOM has them (PS3.5, 9.1); files are named by it, and headers may hold anything."""
    return len(text) <= 64 and re.fullmatch(r"[0-9]+(\.[0-9]+)*", text, re.ASCII) is not None


def find_series(folders: Iterable[Path]) -> list[Series]:
    """The series that lie in these folders themselves, not deeper; a series that lies in two folders counts once, the first.

    Files named .dcm that cannot be read count as a series of their own, so that reading it names what is wrong with them.
    """
    found: dict[str, Series] = {}
    for folder in folders:
        members: dict[str, list[Path]] = {}
        for file in sorted(folder.iterdir()):
            uid = _series_uid(file)
            if uid is not None:
                members.setdefault(uid, []).append(file)
        for uid, files in members.items():
            found.setdefault(uid, Series(uid, folder, tuple(files)))
    return list(found.values())


def convert(series: Series, images: Path) -> bool:
    """Write the series as `images`/<series UID>.nii.gz, unless that was done from the same files; True where it was written.

    Raises what `ssb.volumes.read_volume` raises.
    """
    if not is_uid(series.uid):
        read_volume(series.folder, None if series.uid.startswith(UNREADABLE) else series.uid)
        raise InputError(f"The SeriesInstanceUID {series.uid[:64]!r} is none: a UID has digits and dots only.")
    target = images / f"{series.uid}.nii.gz"
    record = record_of(images, series.uid)
    facts = {"state": series.state, "folder": os.path.relpath(series.folder, record.parent)}
    known = json.loads(record.read_text()) if record.exists() else {}
    fresh = target.exists() and known.get("state") == facts["state"]
    if fresh and known == facts:
        return False
    if not fresh:
        target.unlink(missing_ok=True)
        volume = read_volume(series.folder, series.uid)
        write_nifti(target, volume.array, volume.affine)
    record.parent.mkdir(exist_ok=True)
    with replaced(record) as path:
        path.write_text(json.dumps(facts))
    return not fresh


def record_of(images: Path, uid: str) -> Path:
    """The file beside `images` that remembers where a series lies, and from which state of its files its copy was made."""
    return images.parent / "series" / f"{uid}.json"


def folder_of(images: Path, uid: str) -> Path | None:
    """Where the series lies whose copy is in `images`; None where that is no copy of a series."""
    record = record_of(images, uid)
    return record.parent / json.loads(record.read_text())["folder"] if record.is_file() else None


def forget_others(series: Iterable[Series], images: Path) -> None:
    """Drop the copies of series that are no longer there."""
    kept = {one.uid for one in series}
    for record in record_of(images, "any").parent.glob("*.json"):
        if record.stem not in kept:
            (images / f"{record.stem}.nii.gz").unlink(missing_ok=True)
            record.unlink()


def _series_uid(file: Path) -> str | None:
    """The series UID in the header of a DICOM image; None for another file."""
    if not file.is_file() or file.name.startswith("."):
        return None
    named = file.suffix.lower() == ".dcm"
    if not named and not is_dicom(file):
        return None
    try:
        header = open_dicom(file, stop_before_pixels=True, specific_tags=["SeriesInstanceUID", "Rows"])
        with dicom_errors(file.name):
            return str(header.SeriesInstanceUID) if "Rows" in header and "SeriesInstanceUID" in header else None
    except SSBError:
        return f"{UNREADABLE} {file.parent.name}" if named else None
