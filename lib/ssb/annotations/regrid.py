"""A submitted file as one rater's mask on the image's grid."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ssb.annotations.dicom_seg import seg_on_grid
from ssb.annotations.meant import check_flattened, merged
from ssb.errors import InputError, NotFoundError
from ssb.outputs.seg_nrrd_reader import read_seg_nrrd
from ssb.volumes.nifti import load_nifti
from ssb.volumes.nrrd_file import read_nrrd_header
from ssb.volumes.nrrd_reader import load_nrrd
from ssb.volumes.subgrid import SubGrid
from ssb.volumes.volume import Volume

LARGEST_LABEL = 2**16 - 1
"""Of a labelmap's values (our choice: 3D Slicer numbers its segments from 1)."""


def on_grid(path: Path, volume: Volume, names: Sequence[str] = ()) -> np.ndarray:
    """The rater's mask in the file, (I, J, K) bool on the grid of `volume`; False everywhere is a valid, empty annotation.

    path: .nii, .nii.gz, .nrrd, .seg.nrrd (3D Slicer's, in layers, cropped or flat) or .dcm (a DICOM SEG), of any extent that holds all
        marked voxels inside the image, with axes in any order and direction.
    names: what the client calls the segments of a plain labelmap, where it says so (`segment_names`).
    Every voxel is placed by the two affines; a label is never interpolated. All values or segments together make the mask, except
    where the file holds masks of ours: `ssb.annotations.meant` states the rule.
    Raises NotFoundError where there is no file; InputError where it is broken, of another kind, on another grid, partly outside the
    image, holds values that are not whole numbers from 0, or leaves open which segment is meant.
    """
    if not path.is_file():
        raise NotFoundError(f"There is no annotation file {path.name}.")
    name = path.name.lower()
    if name.endswith(".dcm"):
        return seg_on_grid(path, volume)
    if name.endswith((".nii", ".nii.gz")):
        return _labelmap(*load_nifti(path), volume, names, path.name)
    if not name.endswith(".nrrd"):
        raise InputError(f"The annotation {path.name} is of no kind we read: it must be .nii, .nii.gz, .nrrd, .seg.nrrd or .dcm.")
    if _names_segments(path):
        segments = read_seg_nrrd(path, volume.affine, volume.shape)
        return merged([(segment.name, np.argwhere(segment.mask) + segment.start) for segment in segments], volume.shape, path.name)
    return _labelmap(*load_nrrd(path), volume, names, path.name)


def segment_names(params: dict[str, object]) -> list[str]:
    """The names of the segments that a client's submission states as 3D Slicer's module does: "label_info": [{"name": ...}, ...].

    Empty where it states none; entries of another form are passed over.
    """
    stated = params.get("label_info")
    entries = stated if isinstance(stated, list) else []
    return [entry["name"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("name"), str)]


def _names_segments(path: Path) -> bool:
    """Whether the NRRD file describes segments, as .seg.nrrd does, whatever it is called; an InputError where it is no whole file."""
    header = read_nrrd_header(path)
    if "data file" in header or "datafile" in header:
        raise InputError(f"The file {path.name} keeps its voxels in another file: submit one file with both.")
    return any(re.fullmatch(r"Segment\d+_ID", key) for key in header)


def _labelmap(array: np.ndarray, affine: np.ndarray, volume: Volume, names: Sequence[str], name: str) -> np.ndarray:
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    if array.ndim != 3 or array.size == 0:
        raise InputError(f"The annotation {name} has the shape {array.shape}: it must be 3-D.")
    real = array.dtype.kind in "biuf"
    if not real or not 0 <= array.min() <= array.max() <= LARGEST_LABEL or (array.dtype.kind == "f" and np.any(array != np.rint(array))):
        raise InputError(
            f"The annotation {name} holds values that are not whole numbers from 0 to {LARGEST_LABEL}: a label must be, "
            "probabilities are none."
        )
    check_flattened(array, names, name)
    return SubGrid.of(affine, array.shape, volume.affine, volume.shape, name).placed(array != 0)
