"""Run by slicer-core's own python: `annotate_in_slicer.py MODULE SERVER OUT`, with a list of visits as JSON on its standard input.

Each visit is one rater at 3D Slicer's MONAI Label module, whose own code does the work: it connects, opens the image, clicks, gets an
answer, and submits what the rater made of it. A visit has: client, model (ssbpp where it is not told), image (its id), file (the
image), click (i, j, k), show, extension (the module's setting "File Extension"), keep (names of the segments that stay), drawn (boxes
[name, [i0, i1, j0, j1, k0, k1]] that are added to the segment of that name), submit_as (another extension, set just before).
Writes to the folder OUT what became of each: visits.json (dialogs, names of the segments), masks.npz (what the rater saw at the end,
one (I, J, K) mask a segment and visit), final.npz (`final` as Slicer reads it after the visit).
"""

import json
import sys
import tempfile
from pathlib import Path
from unittest.mock import MagicMock

import desktop
import numpy as np
import slicer
import vtk
from placed import draw, grid_of, mask_on


def widget_of(module, server, folder):
    """The module's widget with its fields filled in by hand; it deletes the folder of its temporary files at the end."""
    widget = module.MONAILabelWidget()
    widget.tmpdir = tempfile.mkdtemp(dir=folder)
    widget.logic = module.MONAILabelLogic(tmpdir=widget.tmpdir)
    ui = widget.ui = MagicMock()
    ui.serverComboBox.currentText = server
    ui.deepgrowModelSelector.currentText, ui.segmentationModelSelector.currentText = "ssbpp", ""
    ui.optionsSection.currentIndex = ui.optionsName.currentIndex = 0
    ui.freezeUpdateCheckBox.checked = False
    ui.sam2PlaceWidget.currentNode = lambda: widget._sam2ROINode
    return widget


def click_on(widget, point):
    """A foreground point at a voxel, placed in the scene as the reader's mouse would."""
    to_ras = vtk.vtkMatrix4x4()
    widget._volumeNode.GetIJKToRASMatrix(to_ras)
    ras = to_ras.MultiplyDoublePoint([*point, 1.0])[:3]
    widget.dgPositivePointListNode, _ = widget.createPointListNode("P", lambda *told: None, [0.5, 1, 0.5])
    widget.dgNegativePointListNode, _ = widget.createPointListNode("N", lambda *told: None, [0.5, 0.5, 1])
    widget.dgPositivePointListNode.AddControlPoint(vtk.vtkVector3d(*ras))
    widget.onClickDeepgrow(list(point))


def visit(module, server, told, out):
    desktop.new_scene()
    desktop.shown.clear()
    desktop.settings.clear()
    desktop.settings.update({"MONAILabel/clientId": told["client"], "MONAILabel/autoRunSegmentationOnNextSample": False})
    widget = widget_of(module, server, out)
    set_extension(widget, told["extension"])
    widget.onClickFetchInfo()
    widget._volumeNode = desktop.load("vtkMRMLScalarVolumeNode", told["file"])
    widget.initSample({"id": told["image"]}, autosegment=False)
    model = told.get("model", "ssbpp")
    options = widget.info["models"][model]["config"]
    options["show"].remove(told["show"])
    options["show"].insert(0, told["show"])
    options.update(samples=4, nfe=2)
    if model == "ssbpp":
        widget.ui.labelComboBox.currentText = "consensus"
        click_on(widget, told["click"])
    else:
        options["point"] = ",".join(map(str, told["click"]))
        widget.ui.segmentationModelSelector.currentText = model
        widget.onClickSegmentation()
    found, grid = widget._segmentNode.GetSegmentation(), grid_of(widget._volumeNode)
    answered = [found.GetNthSegment(n).GetName() for n in range(found.GetNumberOfSegments())]
    for name in answered:
        if told["keep"] is not None and name not in told["keep"]:
            found.RemoveSegment(found.GetSegmentIdBySegmentName(name))
    for name, box in told["drawn"]:
        draw(widget._segmentNode, grid, name, box)
    set_extension(widget, told.get("submit_as", told["extension"]))
    widget.onSaveLabel()
    segments = [found.GetNthSegment(n) for n in range(found.GetNumberOfSegments())]
    final = desktop.load("vtkMRMLLabelMapVolumeNode", widget.logic.download_label(told["image"], "final"))
    facts = {"answered": answered, "segments": [one.GetName() for one in segments], "shown": list(desktop.shown)}
    return facts, [mask_on(grid, one) for one in segments], slicer.util.arrayFromVolume(final).transpose(2, 1, 0)


def set_extension(widget, extension):
    """What the settings panel does; the module takes it over when its panel is shown the next time."""
    desktop.settings["MONAILabel/fileExtension"] = widget.file_ext = extension


def main(module_folder, server, out):
    desktop.set_up()
    sys.path.insert(0, module_folder)
    import MONAILabel

    facts, masks, finals = [], {}, {}
    for number, told in enumerate(json.load(sys.stdin)):
        fact, found, final = visit(MONAILabel, server, told, Path(out))
        facts.append(fact)
        masks.update({f"{number} {name}": mask for name, mask in zip(fact["segments"], found, strict=True)})
        finals[str(number)] = final
    Path(out, "visits.json").write_text(json.dumps(facts))
    np.savez(Path(out, "masks.npz"), **masks)
    np.savez(Path(out, "final.npz"), **finals)


main(*sys.argv[1:])
