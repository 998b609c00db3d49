"""Run by slicer-core's own python: `review_in_slicer.py MODULE SERVER OUT`, with the facts of the study as JSON on its standard input.

A reader at our module SSB Review, whose logic does the work: opens the image `file` (its id is `image`), clicks on voxel `click`, looks
at samples and heat map, edits one and submits it; then submissions that are refused, and volumes that are not the image (`moved`,
`smaller`), that have their slices the other way round (`flipped`), or lie under a transform. Writes to the folder OUT: facts.json,
arrays.npz and the pictures consensus.png, sample-1.png, sample-2.png (of two that are not empty), heat.png.
"""

import json
import sys
from pathlib import Path

import desktop
import numpy as np
import slicer
import vtk
from pictures import SliceView
from placed import draw, grid_of, mask_on
from vtk.util.numpy_support import vtk_to_numpy


def world_of(volume, voxel):
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return matrix.MultiplyDoublePoint([*voxel, 1.0])[:3]


def middle(segment):
    """The mean of a segment's voxels in RAS, by the segment's own geometry."""
    labelmap = segment.GetRepresentation("Binary labelmap")
    matrix, start = vtk.vtkMatrix4x4(), labelmap.GetExtent()[::2]
    labelmap.GetImageToWorldMatrix(matrix)
    values = vtk_to_numpy(labelmap.GetPointData().GetScalars()).reshape(labelmap.GetDimensions()[::-1])
    voxel = np.argwhere(values == segment.GetLabelValue()).mean(axis=0)[::-1] + start
    return matrix.MultiplyDoublePoint([*voxel, 1.0])[:3]


def refusal(work):
    """The sentence that a step ends with, and how many nodes it left behind."""
    from ssb_review.errors import ReviewError

    before = slicer.mrmlScene.GetNumberOfNodes()
    try:
        work()
    except ReviewError as error:
        return [str(error), slicer.mrmlScene.GetNumberOfNodes() - before]
    return ["", slicer.mrmlScene.GetNumberOfNodes() - before]


def pictures(view, review, two, world, out):
    view.look_at(review.volume, world, 24.0)
    review.volume.GetDisplayNode().AutoWindowLevelOff()
    review.volume.GetDisplayNode().SetWindowLevelMinMax(-1000, 300)
    review.heat.show(0)
    for name in (review.consensus, *two):
        review.show(name)
        view.save(Path(out, f"{'consensus' if name == review.consensus else f'sample-{two.index(name) + 1}'}.png"))
    review.show(review.consensus)
    review.heat.show(0.8)
    view.save(Path(out, "heat.png"))
    view.close()


def main(module, server_address, out):
    told = json.load(sys.stdin)
    desktop.set_up()
    sys.path.insert(0, module)
    from ssb_review.answer import ask
    from ssb_review.geometry import point_mm
    from ssb_review.images import image_of, load_image
    from ssb_review.mine import kept, start_mine, submission
    from ssb_review.patience import patiently
    from ssb_review.review import Review
    from ssb_review.server import Server

    facts, arrays, pulses = {}, {}, []
    server = Server(server_address)
    known = facts["images"] = server.images()
    volume = desktop.load("vtkMRMLScalarVolumeNode", told["file"])
    volume.CreateDefaultDisplayNodes()
    volume.SetName(told["image"])
    facts["by name"] = image_of(volume, known)
    volume.SetName("Anna Muster")
    facts["by nothing"] = image_of(volume, known)
    slicer.modules.MONAILabelWidget = type("Module", (), {"samples": {told["image"]: {"VolumeNodeName": "Anna Muster"}}})
    facts["by MONAI Label"] = image_of(volume, known)
    del slicer.modules.MONAILabelWidget
    loaded = load_image(server, told["image"])
    arrays["loaded"] = slicer.util.arrayFromVolume(loaded)
    loaded.SetName("another name")
    facts["by mark"] = image_of(loaded, known)

    view, world = SliceView(), world_of(volume, told["click"])
    options = {"samples": 8, "nfe": 2, "seed": 3}
    answer = patiently(lambda: ask(server, told["image"], point_mm(volume, world), options), lambda: pulses.append(1))
    facts["pulses"] = len(pulses)
    review = Review(answer, volume)
    facts.update(summary=answer.summary, rows=answer.rows, measured=answer.measured, consensus=review.consensus)
    facts.update(interpretations=review.interpretations, samples=review.samples, described=[review.describe(n) for n in range(1, 9)])
    found = review.masks.GetSegmentation()
    segments = {found.GetNthSegment(n).GetName(): found.GetNthSegment(n) for n in range(found.GetNumberOfSegments())}
    grid = grid_of(volume)
    arrays.update({name: mask_on(grid, segment) for name, segment in segments.items()})
    two = facts["two"] = [name for name in review.samples if arrays[name].any()][:2]
    facts["middles"] = {name: middle(segments[name]) for name in two}
    facts["shown"] = {}
    for name in (*review.samples, review.consensus):
        review.show(name)
        display = review.masks.GetDisplayNode()
        ids = [found.GetNthSegmentID(n) for n in range(found.GetNumberOfSegments())]
        seen = [found.GetSegment(one).GetName() for one in ids if display.GetSegmentVisibility(one)]
        filled = [found.GetSegment(one).GetName() for one in ids if display.GetSegmentOpacity2DFill(one) > 0]
        facts["shown"][name] = [seen, [one for one in filled if one in seen]]
    arrays["heat"] = slicer.util.arrayFromVolume(review.heat.node).transpose(2, 1, 0)
    arrays["heat to RAS"] = slicer.util.arrayFromVTKMatrix(ijk_to_ras(review.heat.node))
    review.heat.threshold(0.5)
    facts["heat"] = [review.heat.node.GetDisplayNode().GetLowerThreshold(), review.heat.node.GetDisplayNode().GetApplyThreshold()]
    review.heat.threshold(0.05)
    pictures(view, review, two, world, out)

    mine = start_mine(review, two[1])
    draw(mine, grid, "mine", told["drawn"])
    arrays["mine"] = mask_on(grid, mine.GetSegmentation().GetNthSegment(0))
    record = submission(mine, " Anna ").send(server)
    facts["record"], facts["kept"] = record, kept(record)
    empty = start_mine(review, review.consensus)
    empty.GetSegmentation().GetNthSegment(0).RemoveAllRepresentations()
    facts["empty"] = submission(empty, "Bert").send(server)
    facts["refused"] = {
        "long name": refusal(lambda: submission(mine, "x" * 300).send(server)),
        "no name": refusal(lambda: submission(mine, " ")),
        "no server": refusal(lambda: submission(mine, "Anna").send(Server("http://127.0.0.1:9"))),
        "no address": refusal(lambda: Server("localhost:8000").images()),
        "not mine": refusal(lambda: submission(review.masks, "Anna")),
        "outside": refusal(lambda: ask(server, told["image"], [1e4, 0.0, 0.0], options)),
    }
    arrays["mine after"] = mask_on(grid, mine.GetSegmentation().GetNthSegment(0))
    for name in ("moved", "smaller"):
        other = desktop.load("vtkMRMLScalarVolumeNode", told[name])
        other.SetName(name)
        facts["refused"][name] = refusal(lambda volume=other: Review(answer, volume))

    flipped = desktop.load("vtkMRMLScalarVolumeNode", told["flipped"])
    turn = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = vtk.vtkMatrix4x4()
    for n, step in enumerate((30.0, -20.0, 10.0)):
        matrix.SetElement(n, 3, step)
    turn.SetMatrixTransformToParent(matrix)
    flipped.SetAndObserveTransformNodeID(turn.GetID())
    facts["click under a transform"] = point_mm(flipped, np.add(world, (30.0, -20.0, 10.0)))
    second = Review(answer, flipped)
    facts["under a transform"] = [node.GetTransformNodeID() == turn.GetID() for node in (second.masks, second.heat.node)]
    facts["second"] = submission(start_mine(second, two[0]), "Carla").send(server)

    before = slicer.mrmlScene.GetNumberOfNodes()
    second.remove()
    facts["removed"] = before - slicer.mrmlScene.GetNumberOfNodes()
    facts["mine stays"] = mine.GetScene() is not None
    Path(out, "facts.json").write_text(json.dumps(facts))
    np.savez(Path(out, "arrays.npz"), **arrays)


def ijk_to_ras(volume):
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return matrix


main(*sys.argv[1:])
