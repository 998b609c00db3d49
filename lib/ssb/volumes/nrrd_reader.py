"""NRRD files (.nrrd, and .nhdr with its data beside it) as volumes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from nibabel.fileslice import fileslice

from ssb.errors import InputError
from ssb.volumes.checks import check_image, check_shape, check_spacing
from ssb.volumes.lazy import LazyVolume, check_lazy
from ssb.volumes.nrrd_file import locate_voxels, read_nrrd_file
from ssb.volumes.sizes import check_sizes
from ssb.volumes.volume import Block, Volume

_TO_LPS = {
    "left-posterior-superior": (1.0, 1.0, 1.0),
    "lps": (1.0, 1.0, 1.0),
    "right-anterior-superior": (-1.0, -1.0, 1.0),
    "ras": (-1.0, -1.0, 1.0),
    "left-anterior-superior": (1.0, -1.0, 1.0),
    "las": (1.0, -1.0, 1.0),
}
"""Sign of each patient axis against LPS, for the patient spaces that the NRRD format names for three axes."""

_TYPES = {
    "int8": ("signed char", "int8", "int8_t"),
    "uint8": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "int16": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "uint16": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "int32": ("int", "signed int", "int32", "int32_t"),
    "uint32": ("uint", "unsigned int", "uint32", "uint32_t"),
    "float32": ("float",),
    "float64": ("double",),
}
"""The names that the NRRD format has for the types of numbers that images hold."""


def read_nrrd(path: Path) -> Volume:
    """The volume in a NRRD file, named after the file; errors: those of `load_nrrd`, and all that `check_image` refuses."""
    return check_image(*load_nrrd(path), path.name)


def open_nrrd(path: Path, name: str | None = None) -> Volume:
    """The same volume as `read_nrrd`, whose voxels stay in the file; one that is compressed or stored otherwise than as one raw block is
    read whole. name: in place of the file's."""
    header, data, start = locate_voxels(path)
    dtype, shape = _dtype(header), tuple(int(n) for n in header.get("sizes", ()))
    skips = [key for key in header if key.replace(" ", "") in ("lineskip", "byteskip")]
    if str(header.get("encoding")).lower() != "raw" or dtype is None or skips or len(shape) != 3:
        return read_nrrd(path)
    name = name or path.name
    check_shape(shape, dtype, name)
    check_sizes(shape, path.name, dtype.itemsize, max(data.stat().st_size - start, 0))

    def read(block: Block) -> np.ndarray:
        try:
            with data.open("rb") as file:
                array: np.ndarray = fileslice(file, block, shape, dtype, start, order="F")
        except (OSError, ValueError) as error:
            raise InputError(f"The file {path.name} is broken: it cannot be read as NRRD.") from error
        return array.astype(dtype.newbyteorder("="), copy=False)

    return check_lazy(LazyVolume(read, (shape[0], shape[1], shape[2]), _placed(header, 3, path.name), name), dtype)


def load_nrrd(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The array of a NRRD file, values and dtype as stored, and its (4, 4) affine, index to LPS mm.

    The affine of an array that is not 3-D is the identity.

    The affine follows `space directions` and `space origin` in one of the spaces LPS, RAS, LAS. Without a space the `spacings`
    are taken along LPS axes with voxel (0, 0, 0) at the origin, as ITK does.
    Errors: those of `read_nrrd_file`; InputError for no voxel size, another space, lengths that are not in mm.
    """
    array, header = read_nrrd_file(path)
    return array.astype(array.dtype.newbyteorder("="), copy=False), _placed(header, array.ndim, path.name)


def _placed(header: dict[str, Any], ndim: int, name: str) -> np.ndarray:
    """`_affine_lps`, where what a broken header gives is an InputError too."""
    try:
        return _affine_lps(header, ndim, name)
    except (ValueError, TypeError) as error:
        raise InputError(f"The file {name} is broken: its place in space is not that of three axes.") from error


def _dtype(header: dict[str, Any]) -> np.dtype | None:
    """Of the stored numbers; None for a type that has no name here."""
    names = [dtype for dtype, called in _TYPES.items() if str(header.get("type")) in called]
    return np.dtype(names[0]).newbyteorder(">" if header.get("endian") == "big" else "<") if names else None


def _affine_lps(header: dict[str, Any], ndim: int, name: str) -> np.ndarray:
    affine = np.eye(4)
    if ndim != 3:
        return affine
    directions = header.get("space directions")
    if directions is None:
        if "spacings" not in header:
            raise InputError(f"The image {name} gives no voxel spacing: it needs `space directions` or `spacings`.")
        check_spacing(tuple(float(v) for v in header["spacings"]), name)
        affine[range(3), range(3)] = header["spacings"]
        return affine
    space = str(header.get("space", "unnamed"))
    if space.lower() not in _TO_LPS:
        raise InputError(f"The image {name} lies in the space {space}: it must be LPS, RAS or LAS.")
    units = set(header.get("space units", ["mm"]))
    if not units <= {"mm", ""}:
        raise InputError(f"The image {name} gives its lengths in {', '.join(sorted(units))}: they must be in mm.")
    affine[:3, :3] = np.asarray(directions, dtype=np.float64).T
    affine[:3, 3] = header.get("space origin", np.zeros(3))
    return np.diag([*_TO_LPS[space.lower()], 1.0]) @ affine
