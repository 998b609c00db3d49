"""A grid whose voxels are voxels of an image: cropped, shifted by whole voxels, its axes in another order or direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ssb.errors import InputError

TOLERANCE = 0.02
"""How far, in voxels, a voxel of the file may lie from a voxel of the image (our choice: far above rounding, far below an error)."""


@dataclass(frozen=True)
class SubGrid:
    """Where each voxel of a file lies on an image's grid.

    axes: (3, 3) int, a permutation with signs; voxel `index` of the file is voxel axes @ index + offset of the image.
    offset: (3,) int. shape: the image's (I, J, K). name: how the messages call the file.
    """

    axes: np.ndarray
    offset: np.ndarray
    shape: tuple[int, int, int]
    name: str

    @classmethod
    def of(
        cls,
        affine: np.ndarray,
        size: Sequence[int],
        image_affine: np.ndarray,
        image_shape: tuple[int, int, int],
        name: str,
        tolerance: float = TOLERANCE,
    ) -> SubGrid:
        """The map from a file of `size` (a, b, c) voxels on `affine` to the image; both affines (4, 4), index to LPS mm.

        Raises InputError where a voxel of the file would lie more than `tolerance` voxels beside a voxel of the image: a label is
        never interpolated.
        """
        found = np.linalg.solve(image_affine, affine) if np.all(np.isfinite(affine)) else np.full((4, 4), np.inf)
        axes, offset = np.rint(found[:3, :3]), np.rint(found[:3, 3])
        corners = np.array(np.meshgrid(*[(0, n - 1) for n in size])).reshape(3, -1)
        permutes = np.array_equal(np.abs(axes) @ np.abs(axes).T, np.eye(3))
        away = np.abs((found[:3, :3] - axes) @ corners + (found[:3, 3] - offset)[:, np.newaxis]).max() if permutes else np.inf
        if away > tolerance:
            raise InputError(
                f"The segmentation {name} lies on another grid than the image, its voxels are {_spacing(affine)} mm and the image's "
                f"{_spacing(image_affine)} mm: spacing, direction or origin differ, and a label is never interpolated."
            )
        return cls(axes.astype(int), offset.astype(int), image_shape, name)

    def indices(self, mask: np.ndarray) -> np.ndarray:
        """The voxels of the image that a mask on the file's grid covers, (n, 3) int.

        mask: (a, b, c) bool. Raises InputError with the number of covered voxels outside the image, which would be lost.
        """
        found = np.argwhere(mask) @ self.axes.T + self.offset
        lost = int(np.any((found < 0) | (found >= self.shape), axis=1).sum())
        if lost:
            raise InputError(
                f"The segmentation {self.name} has {lost} voxels outside the image of shape {self.shape}, which would be lost: "
                "it must lie inside the image."
            )
        return found

    def placed(self, mask: np.ndarray) -> np.ndarray:
        """The mask on the image's grid, bool of the image's shape; errors as of `indices`."""
        whole = np.zeros(self.shape, dtype=bool)
        whole[tuple(self.indices(mask).T)] = True
        return whole


def _spacing(affine: np.ndarray) -> str:
    return " x ".join(f"{v:.4g}" for v in np.linalg.norm(affine[:3, :3], axis=0))
