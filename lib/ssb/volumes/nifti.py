"""NIfTI files (.nii, .nii.gz) as volumes and back."""

from __future__ import annotations

import zlib
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.arrayproxy import ArrayProxy
from nibabel.filebasedimages import ImageFileError
from nibabel.openers import ImageOpener
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError

from ssb.atomic import replaced
from ssb.errors import InputError
from ssb.limits import GZIP_RATIO
from ssb.volumes.checks import check_image, check_rescale, check_shape, check_spacing
from ssb.volumes.lazy import LazyVolume, check_lazy
from ssb.volumes.sizes import check_sizes
from ssb.volumes.volume import Block, Volume

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""NIfTI counts x to the patient's right and y to the front where DICOM counts left and back; its own inverse."""

_SCANNER = 1
_MAGIC = (b"n+1\0", b"n+2\0")
_UNSCALED = ((None, None), (1.0, 0.0))
LARGEST_OFFSET = 16 << 20
"""Bytes before the voxels, extensions among them, which we never read (our choice)."""

_FORMAT_ERRORS = (
    ImageFileError, HeaderDataError, WrapStructError, EOFError, OSError, ValueError, OverflowError, MemoryError, KeyError, TypeError,
    zlib.error,
)  # fmt: skip
"""What nibabel raises at a file that is cut short or garbled."""


def read_nifti(path: Path) -> Volume:
    """The volume in a NIfTI file, named after the file; errors: those of `load_nifti`, and all that `check_image` refuses."""
    return check_image(*load_nifti(path), path.name)


def load_nifti(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The array of a NIfTI file, of any number of axes, and its (4, 4) affine, index to LPS mm.

    Values are the stored ones where scl_slope and scl_inter say nothing, else float32 after them. The affine is the sform, else
    the qform, as nibabel picks them. A header with neither gives the voxels' sizes only: then the axes are LPS and voxel (0, 0, 0)
    lies at the origin, as in ITK. Extensions are passed over.
    Errors: InputError for a file that cannot be read or holds less than its header claims, lengths that are not in mm, a voxel size in
    the header that is not positive, a slope or intercept beyond RESCALE_LIMIT; TooLargeError for more voxels than `ssb.limits` allows.
    """
    header, voxels = _open(path)
    return _values(path, header, voxels), _affine_lps(header, path.name)


def open_nifti(path: Path, name: str | None = None) -> Volume:
    """The same volume as `read_nifti`, whose voxels stay in the file; one in a .nii.gz, of which no part can be read alone, is read whole.

    Parts are read, not mapped: a file that is cut short while it is mapped would end the program. name: in place of the file's.
    """
    if path.name.lower().endswith(".gz"):
        return read_nifti(path)
    header, voxels = _open(path)
    shape, dtype, name = tuple(int(n) for n in header.get_data_shape()), header.get_data_dtype(), name or path.name
    check_shape(shape, dtype, name)

    def read(block: Block) -> np.ndarray:
        return _values(path, header, voxels, block if len(shape) == 3 else (*block, 0))

    return check_lazy(LazyVolume(read, (shape[0], shape[1], shape[2]), _affine_lps(header, name), name), dtype)


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


def _open(path: Path) -> tuple[nib.Nifti1Header, ArrayProxy]:
    """The header and what reads the voxels; errors as of `load_nifti`."""
    try:
        header = _header(path)
        _check_claims(path, header)
        slope, intercept = header.get_slope_inter()
        check_rescale(abs(1.0 if slope is None else slope), intercept or 0.0, path.name)
        return header, ArrayProxy(str(path), header, mmap=False)
    except _FORMAT_ERRORS as error:
        raise InputError(f"The file {path.name} is broken: it cannot be read as NIfTI.") from error


def _values(path: Path, header: nib.Nifti1Header, voxels: ArrayProxy, part: tuple[slice | int, ...] = ()) -> np.ndarray:
    """A part of the voxels, all by default, as `load_nifti` describes them."""
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is not finite, and the checks of values say so
            stored = np.asanyarray(voxels[part] if part else voxels)
            scaled = header.get_slope_inter() not in _UNSCALED and stored.dtype.kind in "iuf"
            array = stored.astype(np.float32) if scaled else stored
    except _FORMAT_ERRORS as error:
        raise InputError(f"The file {path.name} is broken: it cannot be read as NIfTI.") from error
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


def _header(path: Path) -> nib.Nifti1Header:
    """The header as nibabel mends it, after a look at the sizes and units as they are stored."""
    with ImageOpener(str(path), "rb") as file:
        start = file.read(nib.Nifti2Header.template_dtype.itemsize)
    second = len(start) in (int.from_bytes(start[:4], "little"), int.from_bytes(start[:4], "big"))
    kind = nib.Nifti2Header if second else nib.Nifti1Header
    block = start[: kind.template_dtype.itemsize]
    if not block.endswith(_MAGIC[0]) and not block[4:].startswith(_MAGIC[1]):
        raise ImageFileError("the magic string of a single NIfTI file is not there")
    raw = kind(block, check=False)
    axes = min(3, int(raw["dim"][0]))
    check_spacing(tuple(float(v) for v in raw["pixdim"][1 : 1 + axes]), path.name)
    unit = raw.get_xyzt_units()[0]
    if unit not in ("mm", "unknown"):
        raise InputError(f"The image {path.name} gives its lengths in {unit}: they must be in mm.")
    return kind(block, check=True)


def _check_claims(path: Path, header: nib.Nifti1Header) -> None:
    offset = int(header.get_data_offset())
    if not 0 <= offset <= LARGEST_OFFSET:
        raise InputError(f"The file {path.name} is broken: its voxels begin at byte {offset}, at most {LARGEST_OFFSET} are passed over.")
    size = path.stat().st_size
    held = (size * GZIP_RATIO if path.name.lower().endswith(".gz") else size) - offset
    check_sizes(header.get_data_shape(), path.name, header.get_data_dtype().itemsize, max(held, 0))


def _affine_lps(header: nib.Nifti1Header, name: str) -> np.ndarray:
    if header["sform_code"] == 0 and header["qform_code"] == 0:
        return np.diag([*(float(v) for v in header["pixdim"][1:4]), 1.0])
    try:
        return RAS_TO_LPS @ header.get_best_affine()
    except ValueError as error:
        parts = ", ".join(f"{float(header[part]):g}" for part in ("quatern_b", "quatern_c", "quatern_d"))
        raise InputError(f"The file {name} is broken: its qform has ({parts}) as b, c and d, which are no rotation's.") from error
