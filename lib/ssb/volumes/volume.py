"""A 3-D image on its grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssb.errors import InputError

Block = tuple[slice, slice, slice]
"""A block of voxels: where it starts and stops along i, j and k."""


@dataclass(frozen=True)
class Volume:
    """A scalar 3-D image and where it lies in the patient.

    array: (I, J, K) numbers, index order i, j, k. For DICOM i is the column, j the row and k the slice, slices ordered by
        growing position along the cross product of row and column direction (the order ITK gives), values after rescale
        slope and intercept (Hounsfield units for CT).
    affine: (4, 4) float64, maps (i, j, k, 1) to patient millimetres in the LPS frame that DICOM uses (x to the patient's
        left, y to the back, z to the head). NIfTI files, which are RAS, are converted on reading and writing.
    name: short name for messages and file names, without any patient data.
    series_uid: SeriesInstanceUID of the DICOM series it was read from; None for other files.
    """

    array: np.ndarray
    affine: np.ndarray
    name: str = "image"
    series_uid: str | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        i, j, k = self.array.shape
        return i, j, k

    @property
    def held_bytes(self) -> int:
        """Memory that the voxels take."""
        return self.array.nbytes

    def __getitem__(self, block: Block) -> np.ndarray:
        """The values of a block, all its steps 1; of an image that is not in memory only the block is read."""
        return self.array[block]

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Distance in mm between neighbouring voxels along i, j and k."""
        x, y, z = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(x), float(y), float(z)

    def to_index(self, point_mm: tuple[float, float, float]) -> tuple[int, int, int]:
        """The voxel that holds a point given in LPS millimetres; an InputError where it lies outside the image."""
        ijk = np.linalg.solve(self.affine, [*point_mm, 1.0])[:3]
        return self.check_index(tuple(float(v) for v in ijk), shown=f"({', '.join(f'{v:g}' for v in point_mm)}) mm")

    def check_index(self, point: tuple[float, ...], shown: str | None = None) -> tuple[int, int, int]:
        """`point` rounded to the voxel that holds it; an InputError where it is not three finite numbers inside the image."""
        shown = shown or f"({', '.join(f'{v:g}' for v in point)})"
        if len(point) != 3 or not np.all(np.isfinite(point)):
            raise InputError(f"The point {shown} is not a voxel: give three finite numbers i, j, k.")
        i, j, k = (int(v) for v in np.floor(np.asarray(point, dtype=float) + 0.5))
        if not all(0 <= v < n for v, n in zip((i, j, k), self.shape, strict=True)):
            limits = ", ".join(f"{axis} 0 to {n - 1}" for axis, n in zip("ijk", self.shape, strict=True))
            raise InputError(f"The point {shown} lies outside the image, whose voxels are {limits}.")
        return i, j, k
