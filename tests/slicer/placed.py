"""Segments on an image's grid, in slicer-core's own python."""

import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy


def grid_of(volume):
    grid = slicer.vtkOrientedImageData()
    grid.SetDimensions(volume.GetImageData().GetDimensions())
    grid.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    grid.SetGeometryFromImageToWorldMatrix(matrix)
    return grid


def mask_on(grid, segment):
    name = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    labelmap = segment.GetRepresentation(name)
    placed = slicer.vtkOrientedImageData()
    if not slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(labelmap, grid, placed, False):
        raise SystemExit(f"Slicer could not put {segment.GetName()} on the image's grid")
    values = vtk_to_numpy(placed.GetPointData().GetScalars()).reshape(placed.GetDimensions()[::-1])
    return (values == segment.GetLabelValue()).transpose(2, 1, 0)
