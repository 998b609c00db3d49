"""Run by slicer-core's own python: `load_in_slicer.py IMAGE SEGMENTATION OUT`.

Loads both files as 3D Slicer does, puts every segment on the image's grid, and writes to the folder OUT what it found: segments.json
(names, colours, layers), masks.npz (one (I, J, K) mask a segment), and saved.seg.nrrd, the segmentation saved again by Slicer.
"""

import json
import sys
from pathlib import Path

import numpy as np
import slicer
from placed import grid_of, mask_on


def load_image(scene, path):
    storage = slicer.vtkMRMLVolumeArchetypeStorageNode()
    storage.SetFileName(path)
    volume = slicer.vtkMRMLScalarVolumeNode()
    scene.AddNode(volume)
    if not storage.ReadData(volume):
        raise SystemExit(f"Slicer could not read {path}")
    return volume


def main(image, segmentation, out):
    scene = slicer.vtkMRMLScene()
    logic = slicer.vtkSlicerSegmentationsModuleLogic()
    logic.SetMRMLScene(scene)
    grid = grid_of(load_image(scene, image))
    node = logic.LoadSegmentationFromFile(segmentation)
    if node is None:
        raise SystemExit(f"Slicer could not read {segmentation}")
    found = node.GetSegmentation()
    segments = [found.GetNthSegment(n) for n in range(found.GetNumberOfSegments())]
    facts = [{"name": s.GetName(), "color": s.GetColor()} for s in segments]
    Path(out, "segments.json").write_text(json.dumps({"layers": found.GetNumberOfLayers(), "segments": facts}))
    np.savez(Path(out, "masks.npz"), *[mask_on(grid, s) for s in segments])
    storage = slicer.vtkMRMLSegmentationStorageNode()
    scene.AddNode(storage)
    storage.SetFileName(str(Path(out, "saved.seg.nrrd")))
    if not storage.WriteData(node):
        raise SystemExit("Slicer could not save the segmentation")


main(*sys.argv[1:])
