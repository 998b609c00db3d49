"""A DICOM series as a volume."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from pydicom.misc import is_dicom

from ssb.volumes.checks import check_image
from ssb.volumes.dicom_grid import order_slices
from ssb.volumes.dicom_pixels import read_values
from ssb.volumes.dicom_planes import KEPT_BYTES, Planes, one_file_a_slice
from ssb.volumes.dicom_scan import find_series
from ssb.volumes.dicom_slices import Slice
from ssb.volumes.lazy import LazyVolume, check_lazy
from ssb.volumes.sizes import check_sizes
from ssb.volumes.volume import Volume

__all__ = ["is_dicom", "open_dicom", "open_slices", "read_dicom"]


def read_dicom(path: Path, series_uid: str | None = None) -> Volume:
    """The volume of one DICOM series, named after its folder; i is the column, j the row, k the slice.

    path, series_uid and the choice of the series: `find_series`. Grid: `order_slices`. Values: `read_values`, after each slice's
    own rescale slope and intercept; what scanners store outside their circle (such as -2048) is kept.
    Multi-frame files (Enhanced CT, MR, PET) are read through their functional groups.
    Errors: those of the three, of `slices_of` and `check_sizes`, and what `check_image` refuses.
    """
    folder = path if path.is_dir() else path.parent
    name = folder.resolve().name
    series = find_series(path, series_uid)
    slices, affine = order_slices(series.slices(), name)
    check_sizes((*slices[0].size, len(slices)), name)
    return replace(check_image(read_values(slices), affine, name), series_uid=series.uid)


def open_dicom(path: Path, series_uid: str | None = None) -> Volume:
    """The same volume as `read_dicom`, of which all headers are read, and the pixels of a slice when a block needs it.

    Errors: the same; those of a slice's pixels when they are asked for. Series of multi-frame files, whose frames are decoded all at once,
    are read whole.
    """
    folder = path if path.is_dir() else path.parent
    name = folder.resolve().name
    series = find_series(path, series_uid)
    slices, affine = order_slices(series.slices(), name)
    return open_slices(slices, affine, name, series.uid)


def open_slices(
    slices: list[Slice], affine: np.ndarray, name: str, uid: str, states: Mapping[Path, tuple[int, int]] | None = None
) -> Volume:
    """The volume of slices in the grid's order; errors as of `open_dicom`. states: see `Planes`."""
    check_sizes((*slices[0].size, len(slices)), name)
    if not one_file_a_slice(slices):
        return replace(check_image(read_values(slices), affine, name), series_uid=uid)
    planes = Planes(slices, states)
    return check_lazy(LazyVolume(planes, planes.shape, affine, name, uid, KEPT_BYTES), np.dtype(np.int16))
