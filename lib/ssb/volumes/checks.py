"""What every image must satisfy, whatever file it came from."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ssb.errors import InputError
from ssb.volumes.volume import Volume

SPACING_LIMITS_MM = (0.001, 100.0)
"""Smallest and largest distance between neighbouring voxels that we take for real (our choice: from microscopy to a scout)."""

SHEAR_LIMIT = 1e-3
"""Largest cosine between two axes of a grid, and largest slope of the slice direction against the slices' normal (our choice)."""

ORIGIN_LIMIT_MM = 1e5
"""Largest coordinate of the first voxel that we take for real (our choice: a hundred metres)."""

RESCALE_LIMIT = 1e6
"""Largest rescale slope and largest absolute intercept that we take for real (our choice)."""

SMALLEST_SLOPE = 1e-9
"""Smallest rescale slope that we take for real (our choice: quantitative PET comes near it)."""


def check_image(array: np.ndarray, affine: np.ndarray, name: str) -> Volume:
    """The Volume of `array` and `affine`, or an InputError that names what is wrong with them.

    array: (I, J, K), or (I, J, K, 1), whose last axis is dropped; finite real numbers that are not all the same.
    affine: (4, 4), index to LPS mm; finite, its three columns at right angles within SHEAR_LIMIT and as long as SPACING_LIMITS_MM allow.
    name: how the messages call the image.
    """
    array = np.asarray(array)
    check_shape(array.shape, array.dtype, name)
    array = array[..., 0] if array.ndim == 4 else array
    affine = np.asarray(affine, dtype=np.float64)
    check_grid(affine, name)
    check_values([array], name)
    return Volume(array=array, affine=affine, name=name)


def check_grid(affine: np.ndarray, name: str) -> None:
    """An InputError where the (4, 4) affine is not a right-angled grid in millimetres."""
    if affine.shape != (4, 4) or not np.all(np.isfinite(affine)):
        raise InputError(f"The image {name} has an orientation matrix with values that are not finite numbers.")
    check_origin(tuple(float(v) for v in affine[:3, 3]), name)
    with np.errstate(over="ignore"):
        spacing = np.linalg.norm(affine[:3, :3], axis=0)
    check_spacing(tuple(float(v) for v in spacing), name)
    cosines = np.triu((affine[:3, :3] / spacing).T @ (affine[:3, :3] / spacing), k=1)
    worst = float(np.abs(cosines).max())
    if worst > SHEAR_LIMIT:
        raise InputError(
            f"The image {name} has a sheared grid: two of its axes are {np.degrees(np.arccos(min(worst, 1.0))):.2f} degrees apart, "
            "they must be at right angles."
        )


def check_spacing(spacing: tuple[float, ...], name: str) -> None:
    """An InputError where a voxel size in mm is zero, negative, not a number or beyond SPACING_LIMITS_MM."""
    low, high = SPACING_LIMITS_MM
    if not all(low <= v <= high for v in spacing):
        shown = " x ".join(f"{v:g}" for v in spacing)
        raise InputError(f"The image {name} has a voxel spacing of {shown} mm: each must be from {low:g} to {high:g} mm.")


def check_origin(origin: tuple[float, ...], name: str) -> None:
    """An InputError where a coordinate in mm is not a number or beyond ORIGIN_LIMIT_MM."""
    if not all(abs(v) <= ORIGIN_LIMIT_MM for v in origin):
        shown = ", ".join(f"{v:g}" for v in origin)
        raise InputError(f"The image {name} lies at ({shown}) mm: each coordinate must be within {ORIGIN_LIMIT_MM:g} mm.")


def check_rescale(slope: float, intercept: float, name: str) -> None:
    """An InputError where stored numbers would become absurd values: slope beyond SMALLEST_SLOPE to RESCALE_LIMIT, or the intercept."""
    if not SMALLEST_SLOPE <= slope <= RESCALE_LIMIT:
        raise InputError(
            f"The file {name} has the rescale slope {slope:g}: it must be above 0 and at most {RESCALE_LIMIT:g}, from {SMALLEST_SLOPE:g}."
        )
    if not abs(intercept) <= RESCALE_LIMIT:
        raise InputError(f"The file {name} has the rescale intercept {intercept:g}: at most {RESCALE_LIMIT:g} either way.")


def check_shape(shape: tuple[int, ...], dtype: np.dtype, name: str) -> None:
    """An InputError where the shape is not (I, J, K) or (I, J, K, 1), an axis is too short, or the values are no real numbers."""
    if dtype.kind not in "iuf":
        raise InputError(f"The image {name} holds values of type {dtype}: it must hold one real number a voxel, no colours.")
    shown = " x ".join(str(n) for n in shape)
    if 0 in shape:
        raise InputError(f"The image {name} is empty: its shape is {shown or 'nothing'}.")
    if len(shape) == 4 and shape[3] == 1:
        shape = shape[:3]
    if len(shape) != 3:
        raise InputError(f"The image {name} is {len(shape)}-D with the shape {shown}: it must be 3-D.")
    if min(shape) < 2:
        raise InputError(f"The image {name} is 2-D, its shape is {shown}: it needs at least 2 voxels along each axis.")


def check_values(parts: Iterable[np.ndarray], name: str) -> None:
    """An InputError where the values of an image, given in parts, are not finite or all the same; whole ones are read until two differ."""
    wrong, low, high = 0, np.inf, -np.inf
    for part in parts:
        if part.dtype.kind == "f":
            wrong += int(part.size - np.count_nonzero(np.isfinite(part)))
        low, high = min(low, part.min()), max(high, part.max())
        if low < high and part.dtype.kind != "f":
            break
    if wrong:
        raise InputError(f"The image {name} has {wrong} voxels that are NaN or infinite: every voxel must be a finite number.")
    if low == high:
        raise InputError(f"The image {name} is constant: every voxel is {low:g}.")
