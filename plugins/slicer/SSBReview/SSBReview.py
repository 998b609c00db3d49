"""The module SSB Review of 3D Slicer: its panel. What it does is in the package ssb_review, which knows no Qt."""

from __future__ import annotations

import ctk  # noqa: F401  (the panel's file uses its widgets)
import qt
import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import ScriptedLoadableModule, ScriptedLoadableModuleWidget
from slicer.util import VTKObservationMixin

from ssb_review.answer import ask
from ssb_review.errors import ReviewError
from ssb_review.geometry import point_mm
from ssb_review.images import IMAGE, image_of, load_image
from ssb_review.mine import kept, start_mine, submission
from ssb_review.patience import patiently
from ssb_review.review import Review
from ssb_review.server import Server

SERVER, RATER = "SSBReview/server", "SSBReview/rater"
"""Keys of Slicer's settings."""

FIRST_SERVER = "http://127.0.0.1:8000"


class SSBReview(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("SSB Review")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Active Learning")]
        parent.dependencies = ["Segmentations", "Markups", "Colors"]
        parent.contributors = ["SSB Label contributors"]
        parent.helpText = _(
            "Click on a lesion: an SSB Label server answers with several plausible masks, the interpretations that they fall into, and "
            "where they disagree. Edit one of them and submit it under your name. Not for clinical use."
        )


class SSBReviewWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.review = self.mine = self.point = None

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        self.panel = slicer.util.loadUI(self.resourcePath("UI/SSBReview.ui"))
        self.layout.addWidget(self.panel)
        self.ui = slicer.util.childWidgetVariables(self.panel)
        self.panel.setMRMLScene(slicer.mrmlScene)
        settings = qt.QSettings()
        self.ui.serverLine.text = settings.value(SERVER) or FIRST_SERVER
        self.ui.raterLine.text = settings.value(RATER) or ""
        self.ui.pointPlace.setMRMLScene(slicer.mrmlScene)
        self.ui.interpretationTable.setHorizontalHeaderLabels([_("interpretation"), _("share"), _("volume"), _("diameter")])
        editor = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentEditorNode", "SSBReview")
        editor.SetSingletonTag("SSBReview")
        self.ui.editor.setMRMLScene(slicer.mrmlScene)
        self.ui.editor.setMRMLSegmentEditorNode(editor)
        self.connect_widgets()
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.on_scene_closed)
        self.show_review()

    def connect_widgets(self):
        ui = self.ui
        ui.connectButton.connect("clicked(bool)", self.on_connect)
        ui.loadButton.connect("clicked(bool)", self.on_load)
        ui.volumeSelector.connect("currentNodeChanged(vtkMRMLNode*)", self.on_volume)
        ui.sampleButton.connect("clicked(bool)", self.on_sample)
        ui.interpretationTable.connect("cellClicked(int,int)", self.on_interpretation)
        ui.consensusButton.connect("clicked(bool)", self.on_consensus)
        ui.sampleSlider.connect("valueChanged(double)", self.on_slider)
        ui.heatBox.connect("toggled(bool)", self.on_heat)
        ui.opacitySlider.connect("valueChanged(double)", self.on_heat)
        ui.thresholdSlider.connect("valueChanged(double)", self.on_heat)
        ui.editButton.connect("clicked(bool)", self.on_edit)
        ui.submitButton.connect("clicked(bool)", self.on_submit)

    def cleanup(self):
        self.removeObservers()

    def on_scene_closed(self, caller, event):
        self.review = self.mine = self.point = None
        self.show_review()
        if self.parent.isEntered:
            self.new_point()

    def server(self):
        return Server(self.ui.serverLine.text.strip())

    def attempt(self, work):
        """Do something for the reader: the panel is locked meanwhile, and what goes wrong is said in one sentence."""
        self.panel.enabled = False
        self.say(_("Waiting for the server ..."))
        try:
            self.say(work() or "")
        except ReviewError as error:
            self.say(str(error))
            slicer.util.errorDisplay(str(error))
        finally:
            self.panel.enabled = True
            self.show_review()

    def wait(self, work):
        return patiently(work, slicer.app.processEvents)

    def say(self, words):
        self.ui.messageLabel.text = words

    def on_connect(self, *told):
        self.attempt(self.connect)

    def connect(self):
        server = self.server()
        images = self.wait(server.images)
        qt.QSettings().setValue(SERVER, server.address)
        self.ui.imageBox.clear()
        self.ui.imageBox.addItems(images)
        self.on_volume(self.ui.volumeSelector.currentNode())
        return _("Images on the server: {count}.").format(count=len(images))

    def on_volume(self, volume):
        """Pick the image that the volume is, where that can be told."""
        images = [self.ui.imageBox.itemText(n) for n in range(self.ui.imageBox.count)]
        image = image_of(volume, images) if volume else None
        if image:
            self.ui.imageBox.currentText = image

    def on_load(self, *told):
        self.attempt(self.load)

    def load(self):
        server, image = self.server(), self.ui.imageBox.currentText
        if not image:
            raise ReviewError("Connect to the server and pick an image first.")
        volume = load_image(server, image, self.wait(lambda: server.image_file(image)))
        slicer.util.setSliceViewerLayers(background=volume, fit=True)
        self.ui.volumeSelector.setCurrentNode(volume)

    def new_point(self):
        """The node of the click, whose newest control point counts; each new point samples at once."""
        self.point = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "lesion")
        self.point.CreateDefaultDisplayNodes()
        self.addObserver(self.point, self.point.PointPositionDefinedEvent, lambda *told: qt.QTimer.singleShot(0, self.on_sample))
        self.ui.pointPlace.setCurrentNode(self.point)

    def enter(self):
        if self.point is None:
            self.new_point()

    def on_sample(self, *told):
        self.attempt(self.sample)

    def sample(self):
        server, volume, image = self.server(), self.ui.volumeSelector.currentNode(), self.ui.imageBox.currentText
        if volume is None or not image:
            raise ReviewError("Connect to the server, pick the volume, and the image that it shows.")
        if self.point is None or not self.point.GetNumberOfControlPoints():
            raise ReviewError("Place a point on the lesion first.")
        while self.point.GetNumberOfControlPoints() > 1:
            self.point.RemoveNthControlPoint(0)
        world = [0.0, 0.0, 0.0]
        self.point.GetNthControlPointPositionWorld(0, world)
        click = point_mm(volume, world)
        options = {"samples": self.ui.samplesSpin.value, "seed": self.ui.seedSpin.value}
        answer = self.wait(lambda: ask(server, image, click, options))
        review = Review(answer, volume)
        if self.review:
            self.review.remove()
        self.review = review
        volume.SetAttribute(IMAGE, image)
        self.fill_list()
        self.on_heat()

    def fill_list(self):
        table, answer = self.ui.interpretationTable, self.review.answer
        table.setRowCount(len(answer.rows))
        for n, row in enumerate(answer.rows):
            for column, words in enumerate(row):
                table.setItem(n, column, qt.QTableWidgetItem(words))
        self.ui.measuredLabel.text = answer.measured
        self.ui.notesLabel.text = "\n".join(answer.notes)
        self.ui.sampleSlider.maximum = len(self.review.samples)
        # A slider that had to give way has shown a sample.
        self.review.show(self.review.consensus)

    def show_review(self):
        """Enable what there is something to do for, and say what is shown."""
        there = self.review is not None
        for widget in (self.ui.resultBox, self.ui.heatBox, self.ui.editButton):
            widget.enabled = there
        self.ui.submitButton.enabled = self.mine is not None
        self.ui.shownLabel.text = _("Shown: {name}").format(name=self.review.shown) if there else ""

    def on_interpretation(self, row, column):
        self.show(self.review.interpretations[row])

    def on_consensus(self, *told):
        self.show(self.review.consensus)

    def on_slider(self, value):
        if self.review:
            self.show(self.review.samples[round(value) - 1])
            self.ui.sampleLabel.text = self.review.describe(round(value))

    def show(self, name):
        try:
            self.review.show(name)
        except ReviewError as error:
            slicer.util.errorDisplay(str(error))
        self.show_review()

    def on_heat(self, *told):
        if self.review:
            self.review.heat.threshold(self.ui.thresholdSlider.value)
            self.review.heat.show(self.ui.opacitySlider.value if self.ui.heatBox.checked else 0.0)

    def on_edit(self, *told):
        self.attempt(self.edit)

    def edit(self):
        self.mine = start_mine(self.review, self.review.shown)
        self.review.masks.GetDisplayNode().SetVisibility(False)
        self.ui.editor.setSegmentationNode(self.mine)
        self.ui.editor.setSourceVolumeNode(self.review.volume)
        return _("Edit '{name}' with the tools below, then submit it.").format(name=self.mine.GetName())

    def on_submit(self, *told):
        self.attempt(self.submit)

    def submit(self):
        server, rater = self.server(), self.ui.raterLine.text.strip()
        made = submission(self.ui.editor.segmentationNode(), rater)
        qt.QSettings().setValue(RATER, rater)
        return kept(self.wait(lambda: made.send(server)))
