"""The grid that the slices of one DICOM series lie on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ssb.errors import InputError
from ssb.volumes.checks import SHEAR_LIMIT
from ssb.volumes.dicom_slices import Slice

EVEN_TOLERANCE = 1e-2
"""How far a gap may be from the spacing, as a share of it (our choice: 1014 of the 1018 LIDC-IDRI scans keep it, the other four
really lack slices or are uneven)."""

EVEN_TOLERANCE_MM = 0.01
"""The same in mm, whichever is larger; slices nearer than this are at the same position (our choice)."""

_WHOLE = 0.05


def order_slices(slices: list[Slice], name: str) -> tuple[list[Slice], np.ndarray]:
    """The slices by growing position along their normal, and the (4, 4) affine from index i, j, k to LPS mm.

    The normal is the direction of growing columns x the direction of growing rows, so (i, j, k) is right-handed
    (DICOM PS3.3 C.7.6.2.1.1 gives the in-plane part; k runs from the first position to the last).
    Errors (InputError), each in its own sentence: fewer than 2 slices; different sizes, orientations or pixel spacings; two
    slices at one position; missing slices; uneven spacing; slices that are not stacked along their normal (gantry tilt).
    """
    if len(slices) < 2:
        raise InputError(f"The DICOM series {name} is 2-D, it has {len(slices)} slice: it needs at least 2 slices.")
    _check_same(slices, lambda s: s.size, 0, f"The DICOM series {name} has slices of different sizes")
    _check_same(slices, lambda s: s.orientation, 1e-4, f"The DICOM series {name} has slices of different orientations")
    _check_same(slices, lambda s: s.spacing, 1e-4, f"The DICOM series {name} has slices of different pixel spacings")
    along_i, along_j = np.reshape(slices[0].orientation, (2, 3))
    normal = np.cross(along_i, along_j)
    normal /= np.linalg.norm(normal)
    ordered = sorted(slices, key=lambda s: float(np.dot(s.position, normal)))
    positions = np.array([s.position for s in ordered])
    check_even(positions @ normal, name)
    step = (positions[-1] - positions[0]) / (len(ordered) - 1)
    _check_stacked(positions, step, normal, name)
    affine = np.eye(4)
    affine[:3, 0] = along_i * slices[0].spacing[0]
    affine[:3, 1] = along_j * slices[0].spacing[1]
    affine[:3, 2] = step
    affine[:3, 3] = positions[0]
    return ordered, affine


def check_even(heights: np.ndarray, name: str) -> None:
    """An InputError where the growing positions (K,) along the normal, in mm, are not evenly spaced."""
    gaps = np.diff(heights)
    if gaps.min() < EVEN_TOLERANCE_MM:
        at = heights[int(gaps.argmin())]
        raise InputError(f"The DICOM series {name} has two slices at the same position, {at:g} mm: each position must come once.")
    spacing = float(np.median(gaps))
    allowed = max(EVEN_TOLERANCE_MM, EVEN_TOLERANCE * spacing)
    if np.all(np.abs(gaps - spacing) <= allowed):
        return
    steps = gaps / gaps.min()
    if steps.max() > 2 - _WHOLE and np.all(np.abs(steps - np.rint(steps)) <= _WHOLE):
        missing = int(np.rint(steps).sum()) - len(gaps)
        wide = int(np.argmax(steps > 1 + _WHOLE))
        raise InputError(
            f"The DICOM series {name} has {missing} missing slice{'s'[: missing > 1]}: the first gap is between {heights[wide]:g} and "
            f"{heights[wide + 1]:g} mm, where slices are {gaps.min():g} mm apart."
        )
    raise InputError(
        f"The DICOM series {name} is unevenly spaced: its gaps go from {gaps.min():g} to {gaps.max():g} mm, "
        f"they may differ from the spacing of {spacing:g} mm by {allowed:g} mm."
    )


def _check_same(slices: list[Slice], value: Callable[[Slice], tuple[float, ...]], tolerance: float, sentence: str) -> None:
    first = value(slices[0])
    for other in slices[1:]:
        if not np.allclose(value(other), first, rtol=0, atol=tolerance):
            shown = " and ".join("(" + ", ".join(f"{v:g}" for v in values) + ")" for values in (first, value(other)))
            raise InputError(f"{sentence}: {shown}.")


def _check_stacked(positions: np.ndarray, step: np.ndarray, normal: np.ndarray, name: str) -> None:
    height = float(step @ normal)
    tilt = float(np.linalg.norm(step - height * normal) / height)
    if tilt > SHEAR_LIMIT:
        raise InputError(
            f"The DICOM series {name} is sheared (gantry tilt): its slices are stacked {np.degrees(np.arctan(tilt)):.2f} degrees off "
            "their normal; resample it to a right-angled grid first."
        )
    away = positions - positions[0] - np.arange(len(positions))[:, None] * step
    worst = float(np.linalg.norm(away, axis=1).max())
    if worst > max(EVEN_TOLERANCE_MM, EVEN_TOLERANCE * height) * 2:
        raise InputError(f"The DICOM series {name} has slices shifted against each other by up to {worst:g} mm: they must form one block.")
