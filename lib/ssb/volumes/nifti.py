"""NIfTI files (.nii, .nii.gz) as volumes and back."""

from __future__ import annotations

import math
import zlib
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.arrayproxy import ArrayProxy
from nibabel.filebasedimages import ImageFileError
from nibabel.openers import ImageOpener
from nibabel.spatialimages import HeaderDataError

from ssb.atomic import replaced
from ssb.errors import InputError
from ssb.volumes.checks import check_image, check_shape, check_spacing
from ssb.volumes.lazy import LazyVolume, check_lazy
from ssb.volumes.volume import Block, Volume

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""NIfTI counts x to the patient's right and y to the front where DICOM counts left and back; its own inverse."""

_SCANNER = 1
_UNSCALED = ((None, None), (1.0, 0.0))
_FORMAT_ERRORS = (ImageFileError, HeaderDataError, EOFError, OSError, ValueError, OverflowError, MemoryError, zlib.error)
"""What nibabel raises at a file that is cut short, garbled, or whose header claims more voxels than memory holds."""


def read_nifti(path: Path) -> Volume:
    """The volume in a NIfTI file, named after the file; errors: those of `load_nifti`, and all that `check_image` refuses."""
    return check_image(*load_nifti(path), path.name)


def load_nifti(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The array of a NIfTI file, of any number of axes, and its (4, 4) affine, index to LPS mm.

    Values are the stored ones where scl_slope and scl_inter say nothing, else float32 after them. The affine is the sform, else
    the qform, as nibabel picks them. A header with neither gives the voxels' sizes only: then the axes are LPS and voxel (0, 0, 0)
    lies at the origin, as in ITK.
    Errors (InputError): a file that cannot be read, lengths that are not in mm, a voxel size in the header that is not positive.
    """
    image, scaled = _open(path)
    return _values(path, image, scaled), _affine_lps(image)


def open_nifti(path: Path, name: str | None = None) -> Volume:
    """The same volume as `read_nifti`, whose voxels stay in the file; one in a .nii.gz, of which no part can be read alone, is read whole.

    Parts are read, not mapped: a file that is cut short while it is mapped would end the program. name: in place of the file's.
    """
    if path.name.lower().endswith(".gz"):
        return read_nifti(path)
    image, scaled = _open(path)
    shape, dtype, name = tuple(int(n) for n in image.shape), image.get_data_dtype(), name or path.name
    check_shape(shape, dtype, name)
    assert isinstance(image.dataobj, ArrayProxy), "it was loaded from a file"
    if path.stat().st_size < image.dataobj.offset + dtype.itemsize * math.prod(shape):
        raise InputError(f"The file {path.name} is broken: it cannot be read as NIfTI.")

    def read(block: Block) -> np.ndarray:
        return _values(path, image, scaled, block if len(shape) == 3 else (*block, 0))

    return check_lazy(LazyVolume(read, (shape[0], shape[1], shape[2]), _affine_lps(image), name), dtype)


def write_nifti(path: str | Path, array: np.ndarray, affine_lps: np.ndarray, description: str = "") -> Path:
    """Write an (I, J, K) array on the grid `affine_lps` (index to LPS mm) as .nii or .nii.gz, and return the path.

    The dtype is kept (bool becomes uint8); sform and qform both say "scanner". The same input gives the same bytes. The file is
    written beside and renamed, so it is whole or absent. NIfTI-1 holds the affine in float32.
    description: at most 79 characters, for the header's field of that name.
    """
    path = Path(path)
    with replaced(path) as temporary:
        nib.save(_image(array, affine_lps, description), temporary)
    return path


def nifti_bytes(array: np.ndarray, affine_lps: np.ndarray, description: str = "") -> bytes:
    """What `write_nifti` would write to a .nii file."""
    content: bytes = _image(array, affine_lps, description).to_bytes()
    return content


def _open(path: Path) -> tuple[nib.Nifti1Pair, bool]:
    """The image without its voxels, and whether these are scaled; errors as of `load_nifti`."""
    try:
        image = nib.load(path, mmap=False)
        if not isinstance(image, nib.Nifti1Pair):
            raise ImageFileError(f"it is {type(image).__name__}")
        return image, _check_header(path, image).get_slope_inter() not in _UNSCALED
    except _FORMAT_ERRORS as error:
        raise InputError(f"The file {path.name} is broken: it cannot be read as NIfTI.") from error


def _values(path: Path, image: nib.Nifti1Pair, scaled: bool, part: tuple[slice | int, ...] = ()) -> np.ndarray:
    """A part of the voxels, all by default, as `load_nifti` describes them."""
    try:
        stored = np.asanyarray(image.dataobj[part] if part else image.dataobj)
    except _FORMAT_ERRORS as error:
        raise InputError(f"The file {path.name} is broken: it cannot be read as NIfTI.") from error
    array = stored.astype(np.float32) if scaled else stored
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _image(array: np.ndarray, affine_lps: np.ndarray, description: str) -> nib.Nifti1Image:
    values = np.asarray(array)
    values = values.astype(np.uint8) if values.dtype == bool else values
    image = nib.Nifti1Image(values, RAS_TO_LPS @ affine_lps, dtype=values.dtype)
    image.header.set_xyzt_units("mm")
    image.set_sform(image.affine, code=_SCANNER)
    image.set_qform(image.affine, code=_SCANNER)
    image.header["descrip"] = description
    return image


def _check_header(path: Path, image: nib.Nifti1Pair) -> nib.Nifti1Header:
    # the header as stored: nibabel mends negative and zero voxel sizes while loading an image
    with ImageOpener(str(path), "rb") as file:
        raw = type(image.header).from_fileobj(file, check=False)
    axes = min(3, int(raw["dim"][0]))
    check_spacing(tuple(float(v) for v in raw["pixdim"][1 : 1 + axes]), path.name)
    unit = raw.get_xyzt_units()[0]
    if unit not in ("mm", "unknown"):
        raise InputError(f"The image {path.name} gives its lengths in {unit}: they must be in mm.")
    return raw


def _affine_lps(image: nib.Nifti1Pair) -> np.ndarray:
    if image.header["sform_code"] == 0 and image.header["qform_code"] == 0:
        return np.diag([*(float(v) for v in image.header["pixdim"][1:4]), 1.0])
    return RAS_TO_LPS @ image.affine
