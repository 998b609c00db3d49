"""Nodes of the scene from files' content and back, through 3D Slicer's own storage nodes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import slicer
import vtk

from ssb_review.errors import ReviewError


def volume_from(content: bytes, ending: str, name: str) -> Any:
    """A scalar volume node of the scene from an image file's content; a ReviewError where Slicer cannot read it."""
    with tempfile.TemporaryDirectory(prefix="ssb-review-") as folder:
        path = Path(folder, f"volume{ending}")
        path.write_bytes(content)
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
        storage = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLVolumeArchetypeStorageNode")
        storage.SetFileName(str(path))
        done = storage.ReadData(node)
        slicer.mrmlScene.RemoveNode(storage)
    if not done:
        slicer.mrmlScene.RemoveNode(node)
        raise ReviewError(f"3D Slicer cannot read '{name}', which the server sent as {ending}.")
    node.SetName(name)
    node.CreateDefaultDisplayNodes()
    return node


def segmentation_from(content: bytes, name: str, volume: Any) -> Any:
    """A segmentation node of the scene from a .seg.nrrd's content, placed with `volume`; a ReviewError where Slicer cannot read it."""
    with tempfile.TemporaryDirectory(prefix="ssb-review-") as folder:
        path = Path(folder, "masks.seg.nrrd")
        path.write_bytes(content)
        node = slicer.modules.segmentations.logic().LoadSegmentationFromFile(str(path), False, name)
    if node is None:
        raise ReviewError(f"3D Slicer cannot read '{name}', which the server sent as .seg.nrrd.")
    node.SetName(name)
    # What lay in the temporary folder is gone: the scene saves the node anew.
    node.SetAndObserveStorageNodeID(None)
    place_with(node, volume)
    return node


def place_with(node: Any, volume: Any) -> None:
    """Put a segmentation on the grid of `volume`, and under the transform that the volume is under."""
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    node.SetAndObserveTransformNodeID(volume.GetTransformNodeID())


def segment_id(node: Any, name: str) -> str:
    """The id of the segment of that name; a ReviewError where the reader has removed or renamed it."""
    found = node.GetSegmentation().GetSegmentIdBySegmentName(name)
    if not found:
        raise ReviewError(f"The segmentation '{node.GetName()}' has no segment '{name}' any more: sample again.")
    return str(found)


def mask_of(node: Any, segment: str, volume: Any) -> np.ndarray:
    """The voxels of one segment on the grid of `volume`, bool (K, J, I) as arrays of volumes are in Slicer."""
    labelmap = node.GetSegmentation().GetSegment(segment).GetRepresentation("Binary labelmap")
    if labelmap is None or labelmap.IsEmpty():
        return np.zeros(tuple(reversed(volume.GetImageData().GetDimensions())), dtype=bool)
    exported = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "mask")
    wanted = vtk.vtkStringArray()
    wanted.InsertNextValue(segment)
    try:
        if not slicer.modules.segmentations.logic().ExportSegmentsToLabelmapNode(node, wanted, exported, volume):
            raise ReviewError(f"3D Slicer could not put the mask of '{node.GetName()}' on the voxels of '{volume.GetName()}'.")
        return slicer.util.arrayFromVolume(exported) > 0
    finally:
        # Exporting makes two more nodes, of which slicer.util's own function for this leaves one in the scene.
        display = exported.GetDisplayNode()
        for made in (display and display.GetColorNode(), display, exported):
            if made:
                slicer.mrmlScene.RemoveNode(made)


def nrrd_of(mask: np.ndarray, volume: Any) -> bytes:
    """A mask, bool (K, J, I) on the grid of `volume`, as the content of an .nrrd."""
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "mask")
    storage = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLVolumeArchetypeStorageNode")
    try:
        node.SetIJKToRASMatrix(matrix)
        slicer.util.updateVolumeFromArray(node, mask.astype(np.uint8))
        with tempfile.TemporaryDirectory(prefix="ssb-review-") as folder:
            path = Path(folder, "mask.nrrd")
            storage.SetFileName(str(path))
            if not storage.WriteData(node):
                raise ReviewError("3D Slicer could not write your mask to a file: is the disk of the temporary folder full?")
            return path.read_bytes()
    finally:
        slicer.mrmlScene.RemoveNode(storage)
        slicer.mrmlScene.RemoveNode(node)
