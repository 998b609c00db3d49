"""One door for every kind of image file."""

from __future__ import annotations

from pathlib import Path

from ssb.errors import InputError, NotFoundError
from ssb.volumes.dicom import is_dicom, open_dicom, read_dicom
from ssb.volumes.nifti import open_nifti, read_nifti
from ssb.volumes.nrrd_reader import open_nrrd, read_nrrd
from ssb.volumes.unpacked import unpacked
from ssb.volumes.volume import Volume


def read_volume(path: str | Path, series_uid: str | None = None) -> Volume:
    """The 3-D image at `path`, on its own grid, values after all rescaling the file asks for.

    path: a folder with one DICOM series, one DICOM file (then the series it belongs to is read from its folder), or a file
        .nii, .nii.gz, .nrrd or .nhdr.
    series_uid: which series to take from a DICOM folder that holds several.
    Errors: NotFoundError for a path that does not exist; InputError for another kind of file, for a DICOM folder without exactly
    one whole, evenly spaced series, for a broken file, and for all that `ssb.volumes.checks.check_image` refuses.
    """
    path = Path(path)
    name = path.name.lower()
    if not path.exists():
        raise NotFoundError(f"The image {path} does not exist.")
    if path.is_dir() or name.endswith(".dcm"):
        return read_dicom(path, series_uid)
    if name.endswith((".nii", ".nii.gz")):
        return read_nifti(path)
    if name.endswith((".nrrd", ".nhdr")):
        return read_nrrd(path)
    if is_dicom(path):
        return read_dicom(path, series_uid)
    raise InputError(f"The file {path.name} is not an image we read: give a DICOM folder or a file .dcm, .nii, .nii.gz, .nrrd or .nhdr.")


def open_volume(path: str | Path, series_uid: str | None = None, copies: Path | None = None) -> Volume:
    """The same image as `read_volume`, with the same name and errors, of which a block is read when it is asked for.

    Uncompressed NIfTI and NRRD are read in parts, and of a DICOM series the slices that a block needs. A compressed file is read whole;
    where `copies` is a folder, a large one is decompressed into it once instead, see `ssb.volumes.unpacked`. What is wrong with the pixels
    of a DICOM slice is told when a block needs it.
    """
    path = Path(path)
    name = path.name.lower()
    if path.is_file() and name.endswith((".nii", ".nii.gz")):
        return open_nifti(path if copies is None else unpacked(path, copies), path.name)
    if path.is_file() and name.endswith((".nrrd", ".nhdr")):
        return open_nrrd(path if copies is None else unpacked(path, copies), path.name)
    if path.is_dir() or (path.is_file() and (name.endswith(".dcm") or is_dicom(path))):
        return open_dicom(path, series_uid)
    return read_volume(path, series_uid)
