"""Where things lie: 3D Slicer's RAS and the server's LPS, and whether a volume and an answer share a grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import slicer
import vtk

from ssb_review.errors import ReviewError

TOLERANCE = 0.1
"""How far, in voxels, the corners of two grids may lie apart: above what file formats lose, below what a reader would see. Our choice."""

RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""Right, anterior, superior against left, posterior, superior, as in DICOM; it is its own inverse."""


def index_to_ras(volume: Any) -> np.ndarray:
    """(4, 4), voxel i, j, k of a volume node to RAS mm, before any transform that the volume is under."""
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)


def point_mm(volume: Any, world: Sequence[float]) -> list[float]:
    """A point of the scene (RAS mm) as the server knows the volume: LPS mm, without the transform that the volume is under."""
    transform = vtk.vtkGeneralTransform()
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(None, volume.GetParentTransformNode(), transform)
    x, y, z = transform.TransformPoint(*world)
    return [-x, -y, z]


def check_same_grid(volume: Any, grid: dict[str, Any]) -> None:
    """A ReviewError where the volume does not have the very voxels of `grid`, the summary's {"shape", "affine_lps", "spacing_mm"}.

    Axes may come in another order or direction, as where Slicer's own DICOM reader has stacked the slices the other way.
    """
    shape, own = [int(n) for n in grid["shape"]], index_to_ras(volume)
    dimensions = list(volume.GetImageData().GetDimensions()) if volume.GetImageData() else [0, 0, 0]
    answer = RAS_FROM_LPS @ np.asarray(grid["affine_lps"], dtype=float)
    ends = np.array([[i, j, k, 1.0] for i in (0, shape[0] - 1) for j in (0, shape[1] - 1) for k in (0, shape[2] - 1)])
    found = (np.linalg.inv(own) @ answer @ ends.T)[:3]
    turned = np.rint(np.linalg.inv(own)[:3, :3] @ answer[:3, :3])
    if (
        sorted(dimensions) == sorted(shape)
        and np.array_equal(np.abs(turned).sum(axis=0), [1, 1, 1])
        and np.allclose(found.min(axis=1), 0, atol=TOLERANCE)
        and np.allclose(found.max(axis=1), np.subtract(dimensions, 1), atol=TOLERANCE)
    ):
        return
    here, there = (_words(size, np.linalg.norm(matrix[:3, :3], axis=0)) for size, matrix in ((dimensions, own), (shape, answer)))
    difference = "they lie at another place" if here == there else f"the image has {there}"
    raise ReviewError(
        f"The volume '{volume.GetName()}' is not the image that the server answered about: it has {here}, and {difference}. "
        "Load that image, or pick the one that the volume shows."
    )


def _words(size: Sequence[int], spacing: np.ndarray) -> str:
    return f"{' x '.join(map(str, size))} voxels of {' x '.join(f'{step:.3g}' for step in spacing)} mm"
