"""Run by slicer-core's own python: `panel_in_slicer.py MODULE SERVER OUT`; the click's voxel and a box to draw as JSON on standard input.

The panel of our module SSB Review, its own code, with fields that are filled in by hand: the names in its .ui file are there and no
others. Writes to the folder OUT panel.json: what the panel said after each step.
"""

import json
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from unittest.mock import MagicMock

import desktop
import numpy as np
import slicer
import vtk
from placed import draw, grid_of, mask_on


class Choice:
    """In place of Qt's combo box."""

    def __init__(self):
        self.items, self.currentText = [], ""

    count = property(lambda self: len(self.items))

    def clear(self):
        self.items = []

    def addItems(self, items):  # noqa: N802 (Qt's name)
        self.items, self.currentText = list(items), items[0]

    def itemText(self, n):  # noqa: N802 (Qt's name)
        return self.items[n]


class Held:
    """In place of the widgets that hold a node."""

    def __init__(self):
        self.node = None

    def hold(self, node):
        self.node = node

    def held(self):
        return self.node


def fields(file):
    """The panel's fields, by the names in its file."""
    ui = type("Fields", (), {})()
    for widget in ElementTree.parse(file).iter("widget"):
        setattr(ui, widget.get("name"), MagicMock())
    volume, edited = Held(), Held()
    ui.imageBox = type("Image", (Choice,), {})()
    ui.volumeSelector.currentNode, ui.volumeSelector.setCurrentNode = volume.held, volume.hold
    ui.editor.segmentationNode, ui.editor.setSegmentationNode = edited.held, edited.hold
    ui.samplesSpin.value, ui.seedSpin.value = 8, 3
    ui.opacitySlider.value, ui.thresholdSlider.value, ui.heatBox.checked = 0.6, 0.05, True
    return ui


def panel_of(module):
    desktop.set_up()
    slicer.ScriptedLoadableModule = sys.modules["slicer.ScriptedLoadableModule"]
    slicer.ScriptedLoadableModule.ScriptedLoadableModuleWidget.setup = lambda self: None
    sys.modules["qt"].QTimer.singleShot = lambda delay, work: work()
    slicer.util.setSliceViewerLayers = MagicMock()
    slicer.util.loadUI = MagicMock()
    slicer.util.childWidgetVariables = lambda panel: fields(Path(module, "Resources", "UI", "SSBReview.ui"))
    sys.path.insert(0, module)
    import SSBReview

    panel = SSBReview.SSBReviewWidget()
    panel.resourcePath, panel.layout = (lambda name: str(Path(module, "Resources", name))), MagicMock()
    panel.setup()
    return panel


def main(module, server, out):
    told, said = json.load(sys.stdin), {}
    panel = panel_of(module)
    ui = panel.ui
    said["first address"] = ui.serverLine.text
    ui.serverLine.text = server
    panel.on_sample()
    said["too early"] = ui.messageLabel.text
    panel.on_connect()
    said["connected"] = ui.messageLabel.text
    panel.on_load()
    volume = ui.volumeSelector.currentNode()
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    panel.enter()
    panel.point.AddControlPoint(vtk.vtkVector3d(*matrix.MultiplyDoublePoint([*told["click"], 1.0])[:3]))
    said["rows"] = ui.interpretationTable.setRowCount.call_args.args[0]
    said["notes"], said["measured"] = ui.notesLabel.text, ui.measuredLabel.text
    said["shown first"] = ui.shownLabel.text
    panel.on_slider(2.0)
    said["sample"], said["shown"] = ui.sampleLabel.text, ui.shownLabel.text
    panel.on_interpretation(0, 0)
    said["interpretation"] = ui.shownLabel.text
    panel.on_consensus()
    panel.on_submit()
    said["nothing to submit"] = ui.messageLabel.text
    panel.on_edit()
    said["edit"] = ui.messageLabel.text
    grid, mine = grid_of(volume), panel.mine
    draw(mine, grid, "mine", told["drawn"])
    before = mask_on(grid, mine.GetSegmentation().GetNthSegment(0))
    ui.raterLine.text = "Dora"
    ui.serverLine.text = "http://127.0.0.1:9"
    panel.on_submit()
    said["no server"] = ui.messageLabel.text
    said["unharmed"] = bool(np.array_equal(mask_on(grid, mine.GetSegmentation().GetNthSegment(0)), before)) and panel.panel.enabled
    ui.serverLine.text = server
    panel.on_submit()
    said["kept"], said["voxels"], said["remembered"] = ui.messageLabel.text, int(before.sum()), desktop.settings
    panel.on_sample()
    said["again"] = [ui.messageLabel.text, mine.GetScene() is not None]
    said["dialogs"] = desktop.shown
    Path(out, "panel.json").write_text(json.dumps(said))


main(*sys.argv[1:])
