"""DICOM series of a folder, each indexed once; as a NIfTI file on the same voxels for whoever asks for one."""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydicom.misc import is_dicom

from ssb.atomic import replaced
from ssb.errors import InputError, SSBError
from ssb.volumes import read_volume, write_nifti
from ssb.volumes.dicom_file import dicom_errors, open_dataset
from ssb.volumes.dicom_index import ENDING, open_index, write_index

COPY = ".nii.gz"
UNREADABLE = "unreadable in the folder with the digest"
"""The folder itself is not named: names of folders often carry the patient's."""

_converting = threading.Lock()


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


def index(series: Series, images: Path) -> bool:
    """Write the series' index as `images`/<series UID>.series.json, unless that was done from the same files; True where it was written.

    No voxel is converted: `copy_of` does that for whoever wants a file. Raises what `ssb.volumes.dicom_index.write_index` raises.
    """
    if not is_uid(series.uid):
        read_volume(series.folder, None if series.uid.startswith(UNREADABLE) else series.uid)
        raise InputError(f"The SeriesInstanceUID {series.uid[:64]!r} is none: a UID has digits and dots only.")
    target, copy = images / f"{series.uid}{ENDING}", images / f"{series.uid}{COPY}"
    record = record_of(images, series.uid)
    facts = {"state": series.state, "folder": os.path.relpath(series.folder, record.parent)}
    known = json.loads(record.read_text()) if record.exists() else {}
    if target.exists() and known == facts:
        return False
    if known.get("state") != facts["state"]:
        target.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)
    write_index(target, series.folder, series.uid)
    record.parent.mkdir(exist_ok=True)
    with replaced(record) as path:
        path.write_text(json.dumps(facts))
    return True


def index_of(images: Path, image_id: str) -> Path | None:
    """The index of the series that has this id; None where the image came as another file."""
    path = images / f"{image_id}{ENDING}"
    return path if is_uid(image_id) and path.is_file() else None


def copy_of(index: Path) -> Path:
    """A NIfTI file on exactly the voxels of an indexed series, beside the index; made on the first call, one at a time.

    Raises what `ssb.volumes.dicom_index.open_index` and reading its voxels raise.
    """
    copy = index.with_name(index.name.removesuffix(ENDING) + COPY)
    with _converting:
        if not copy.is_file():
            volume = open_index(index)
            write_nifti(copy, volume.array, volume.affine)
    return copy


def record_of(images: Path, uid: str) -> Path:
    """The file beside `images` that remembers where a series lies, and from which state of its files its index was made."""
    return images.parent / "series" / f"{uid}.json"


def folder_of(images: Path, uid: str) -> Path | None:
    """Where the series lies that has this UID; None where the image never was a series."""
    record = record_of(images, uid)
    return record.parent / json.loads(record.read_text())["folder"] if is_uid(uid) and record.is_file() else None


def forget_others(series: Iterable[Series], images: Path) -> None:
    """Drop the indices and copies of series that are no longer there."""
    kept = {one.uid for one in series}
    for record in record_of(images, "any").parent.glob("*.json"):
        if record.stem not in kept:
            for ending in (ENDING, COPY):
                (images / f"{record.stem}{ending}").unlink(missing_ok=True)
            record.unlink()


def _series_uid(file: Path) -> str | None:
    """The series UID in the header of a DICOM image; None for another file."""
    if not file.is_file() or file.name.startswith("."):
        return None
    named = file.suffix.lower() == ".dcm"
    if not named and not is_dicom(file):
        return None
    try:
        header = open_dataset(file, stop_before_pixels=True, specific_tags=["SeriesInstanceUID", "Rows"])
        with dicom_errors(file.name):
            return str(header.SeriesInstanceUID) if "Rows" in header and "SeriesInstanceUID" in header else None
    except SSBError:
        return f"{UNREADABLE} {hashlib.sha256(file.parent.name.encode()).hexdigest()[:8]}" if named else None
