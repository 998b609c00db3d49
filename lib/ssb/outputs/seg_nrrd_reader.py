"""Segments of a .seg.nrrd file, of ours or saved by 3D Slicer, put back on an image's grid."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from ssb.errors import InputError, NotFoundError
from ssb.outputs.seg_nrrd import Segment
from ssb.plausible import Index
from ssb.volumes.nrrd_file import read_nrrd_file
from ssb.volumes.subgrid import SubGrid

MOST_SEGMENTS = 1000
"""In one file (our choice: each is looked for in the whole grid)."""

TO_LPS = {
    "left-posterior-superior": np.diag([1.0, 1.0, 1.0]),
    "right-anterior-superior": np.diag([-1.0, -1.0, 1.0]),
}


def read_seg_nrrd(path: Path, affine_lps: np.ndarray, shape: Index) -> list[Segment]:
    """The segments of the file, in the file's order, each cut to its own box of the image's grid.

    affine_lps: (4, 4), index i, j, k of the image to LPS mm. shape: the image's (I, J, K).
    The file may be cropped, may hold several segments in a layer (told apart by LabelValue), and may run its axes in another order
    or direction; every voxel is placed by the two affines. Raises NotFoundError where there is no file, InputError where it is no
    .seg.nrrd, lies on another grid, or has a voxel outside the image.
    """
    voxels, header = _read(path)
    try:
        return _segments(path, voxels, header, affine_lps, shape)
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError(f"The segmentation {path.name} is broken: its place in space is not that of three axes.") from error


def _segments(path: Path, voxels: np.ndarray, header: dict[str, Any], affine_lps: np.ndarray, shape: Index) -> list[Segment]:
    if voxels.ndim == 3:
        voxels = voxels[np.newaxis]
    directions = np.asarray(header["space directions"], dtype=float)[-3:]
    space = str(header.get("space", "")).lower()
    if voxels.ndim != 4 or space not in TO_LPS or not np.all(np.isfinite(directions)):
        raise InputError(f"The segmentation {path.name} must have three axes and at most one list axis, in the space LPS or RAS.")
    file_to_lps = np.eye(4)
    file_to_lps[:3, :3] = TO_LPS[space] @ directions.T
    file_to_lps[:3, 3] = TO_LPS[space] @ np.asarray(header["space origin"], dtype=float)
    grid = SubGrid.of(file_to_lps, voxels.shape[1:], affine_lps, shape, path.name)
    try:
        return [_segment(number, voxels, header, grid) for number in _numbers(header)]
    except (ValueError, OverflowError) as error:
        raise InputError(f"The segmentation {path.name} has a segment whose Layer, LabelValue or Color is no number.") from error


def _read(path: Path) -> tuple[np.ndarray, dict[str, Any]]:
    if not path.is_file():
        raise NotFoundError(f"There is no segmentation file {path.name}.")
    voxels, header = read_nrrd_file(path)
    if not _numbers(header) or "space directions" not in header or "space origin" not in header:
        raise InputError(f"The segmentation {path.name} is not a .seg.nrrd file: it names no segments or has no place in space.")
    if len(_numbers(header)) > MOST_SEGMENTS:
        raise InputError(f"The segmentation {path.name} names {len(_numbers(header))} segments: at most {MOST_SEGMENTS} are read.")
    return voxels, header


def _numbers(header: dict[str, Any]) -> list[int]:
    """The numbers of the segments that the header describes, growing."""
    found = (re.fullmatch(r"Segment([0-9]{1,9})_ID", key) for key in header)
    return sorted(int(match.group(1)) for match in found if match)


def _segment(number: int, voxels: np.ndarray, header: dict[str, Any], grid: SubGrid) -> Segment:
    # before it knew shared layers, 3D Slicer wrote neither Layer nor LabelValue: each segment had the layer of its own number
    layer = int(header.get(f"Segment{number}_Layer", number if len(voxels) > 1 else 0))
    label = int(header.get(f"Segment{number}_LabelValue", 1))
    if not 0 <= layer < len(voxels):
        raise InputError(f"The segmentation {grid.name} has {len(voxels)} layers, but segment {number} asks for layer {layer}.")
    indices = grid.indices(voxels[layer] == label)
    low, high = (indices.min(axis=0), indices.max(axis=0)) if len(indices) else (np.zeros(3, int), np.zeros(3, int))
    mask = np.zeros(high - low + 1, dtype=bool)
    mask[tuple((indices - low).T)] = True
    red, green, blue = (float(v) for v in str(header.get(f"Segment{number}_Color", "1 1 1")).split())
    start = (int(low[0]), int(low[1]), int(low[2]))
    return Segment(str(header.get(f"Segment{number}_Name", f"segment {number + 1}")), mask, (red, green, blue), start)
