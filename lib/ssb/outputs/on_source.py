"""A sample set on the grid of the DICOM series that it is written beside."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace

import numpy as np
from pydicom.uid import UID

from ssb.errors import InputError
from ssb.outputs.dicom_object import derived_uid
from ssb.plausible import Box, Index, SampleSet
from ssb.volumes.dicom_source import SourceSeries
from ssb.volumes.subgrid import SubGrid


def on_source(sample_set: SampleSet, source: SourceSeries) -> SampleSet:
    """The same set with its voxels counted as `source` counts them: column, row, slice by growing position.

    Its own grid may be cropped, or run its axes in another order or direction, as converters of DICOM leave them; nothing is
    interpolated. Raises InputError where the voxels are not voxels of the series, or a marked one lies outside it.
    """
    name = f"of {sample_set.image}"
    grid = SubGrid.of(sample_set.affine, sample_set.shape, source.affine, source.shape, name)
    corners = np.array([sample_set.box.start, np.subtract(sample_set.box.stop, 1)]) @ grid.axes.T + grid.offset
    box = Box(_index(corners.min(axis=0)), _index(corners.max(axis=0) + 1))
    if min(box.start) < 0 or np.any(np.greater(box.stop, source.shape)):
        raise InputError(f"The samples {name} reach voxels {box.start} to {box.stop}, outside the series of shape {source.shape}.")
    order = np.abs(grid.axes).argmax(axis=1)
    masks = sample_set.masks.transpose(0, *(order + 1))
    backwards = [1 + axis for axis in range(3) if grid.axes[axis].sum() < 0]
    asked = sample_set.request
    moved = replace(
        asked,
        point=_index(grid.axes @ asked.point + grid.offset),
        inside=tuple(_index(grid.axes @ point + grid.offset) for point in asked.inside),
        outside=tuple(_index(grid.axes @ point + grid.offset) for point in asked.outside),
    )
    return replace(sample_set, masks=np.flip(masks, backwards), box=box, shape=source.shape, affine=source.affine, request=moved)


def result_uid(placed: SampleSet, source: SourceSeries, kind: str) -> UID:
    """A UID for something of this sample set, which `on_source` placed: the same samples of the same request and series have the same."""
    bits = hashlib.sha256(np.packbits(placed.masks).tobytes()).hexdigest()
    return derived_uid(kind, source.uid, placed.checkpoint, asdict(placed.request), asdict(placed.box), bits)


def lesion_uid(placed: SampleSet, source: SourceSeries) -> UID:
    """The same UID for all segments that show the lesion at this click, in whichever sample set."""
    return derived_uid("lesion", source.uid, placed.request.point)


def planes(placed: SampleSet, values: np.ndarray) -> np.ndarray:
    """`values` (a, b, c) of the box as whole frames (c, rows, columns), 0 outside of the box."""
    columns, rows, _ = placed.shape
    frames = np.zeros((values.shape[2], rows, columns), dtype=values.dtype)
    i, j, _ = placed.box.slices
    frames[:, j, i] = values.transpose(2, 1, 0)
    return frames


def _index(values: np.ndarray) -> Index:
    i, j, k = (int(v) for v in values)
    return i, j, k
