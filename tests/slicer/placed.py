"""Segments on an image's grid, read and drawn, in slicer-core's own python."""

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy


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


def draw(node, grid, name, box):
    """Add a box of voxels to a segment, as the Segment Editor's brushes do; a new segment where there is none of the name."""
    segment = node.GetSegmentation().GetSegmentIdBySegmentName(name) or node.GetSegmentation().AddEmptySegment(name, name)
    stroke = slicer.vtkOrientedImageData()
    stroke.DeepCopy(grid)
    voxels = np.zeros(grid.GetDimensions(), np.uint8)
    voxels[box[0] : box[1], box[2] : box[3], box[4] : box[5]] = 1
    stroke.GetPointData().SetScalars(numpy_to_vtk(voxels.transpose(2, 1, 0).ravel(), deep=True))
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    if not logic.SetBinaryLabelmapToSegment(stroke, node, segment, logic.MODE_MERGE_MAX):
        raise SystemExit(f"Slicer could not draw into {name}")
