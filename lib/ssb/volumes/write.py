"""One door for the image files we write."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ssb.errors import InputError
from ssb.volumes.nifti import write_nifti
from ssb.volumes.nrrd_writer import write_nrrd


def write_array(path: Path, array: np.ndarray, affine_lps: np.ndarray, compress: bool = True, description: str = "") -> Path:
    """Write an (I, J, K) array on the grid `affine_lps` (index to LPS mm) as .nii, .nii.gz or .nrrd, and return the path.

    compress chooses gzip or raw for .nrrd; NIfTI follows its ending. description: for the header,
    at most 79 characters. An InputError for another ending.
    """
    name = path.name.lower()
    if name.endswith((".nii", ".nii.gz")):
        return write_nifti(path, array, affine_lps, description)
    if name.endswith(".nrrd"):
        return write_nrrd(path, array, affine_lps, compress, description)
    raise InputError(f"The file {path.name} cannot be written: its name must end in .nii, .nii.gz or .nrrd.")
