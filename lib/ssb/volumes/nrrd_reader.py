"""NRRD files (.nrrd, and .nhdr with its data beside it) as volumes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ssb.errors import InputError
from ssb.volumes.checks import check_image, check_spacing
from ssb.volumes.nrrd_file import read_nrrd_file
from ssb.volumes.volume import Volume

_TO_LPS = {
    "left-posterior-superior": (1.0, 1.0, 1.0),
    "lps": (1.0, 1.0, 1.0),
    "right-anterior-superior": (-1.0, -1.0, 1.0),
    "ras": (-1.0, -1.0, 1.0),
    "left-anterior-superior": (1.0, -1.0, 1.0),
    "las": (1.0, -1.0, 1.0),
}
"""Sign of each patient axis against LPS, for the patient spaces that the NRRD format names for three axes."""


def read_nrrd(path: Path) -> Volume:
    """The volume in a NRRD file, named after the file; errors: those of `load_nrrd`, and all that `check_image` refuses."""
    return check_image(*load_nrrd(path), path.name)


def load_nrrd(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The array of a NRRD file, values and dtype as stored, and its (4, 4) affine, index to LPS mm.

    The affine of an array that is not 3-D is the identity.

    The affine follows `space directions` and `space origin` in one of the spaces LPS, RAS, LAS. Without a space the `spacings`
    are taken along LPS axes with voxel (0, 0, 0) at the origin, as ITK does.
    Errors: those of `read_nrrd_file`; InputError for no voxel size, another space, lengths that are not in mm.
    """
    array, header = read_nrrd_file(path)
    try:
        affine = _affine_lps(header, array.ndim, path.name)
    except (ValueError, TypeError) as error:
        raise InputError(f"The file {path.name} is broken: its place in space is not that of three axes.") from error
    return array.astype(array.dtype.newbyteorder("="), copy=False), affine


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
