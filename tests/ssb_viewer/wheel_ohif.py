"""The OHIF that MONAI Label brings, as a reader uses its MONAI Label panel, and what its labelmap holds."""

from __future__ import annotations

import base64

import numpy as np
from playwright.sync_api import Page

from ssb.volumes import Volume
from tests.ssb_viewer.ohif import CONFIRM, SECONDS, Ohif

READ = """() => {
  const volume = window.services.segmentationService.getLabelmapVolume('1');
  const data = Uint8Array.from(volume.voxelManager.getCompleteScalarDataArray());
  let text = '';
  for (let at = 0; at < data.length; at += 32768) { text += String.fromCharCode(...data.subarray(at, at + 32768)); }
  const corners = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]].map(index => [...volume.imageData.indexToWorld(index)]);
  return {size: [...volume.dimensions], corners, data: btoa(text)};
}"""

READY = """() => { try { return Boolean(window.services.segmentationService.getLabelmapVolume('1')); } catch { return false; } }"""

SEGMENTS = """() => {
  const {segmentation} = window.cornerstoneTools;
  const [viewport] = segmentation.state.getViewportIdsWithSegmentation('1');
  return Object.values(segmentation.state.getSegmentation('1').segments).map(({label, segmentIndex}) =>
    [label, segmentIndex, [...segmentation.config.color.getSegmentIndexColor(viewport, '1', segmentIndex)]]);
}"""


class WheelOhif:
    """One reader at one page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(120 * SECONDS)

    def open(self, server: str, study: str) -> None:
        """Open a study in the mode of MONAI Label, and connect its panel to the server that it proposes."""
        self.page.goto(f"{server}/ohif/monai-label?StudyInstanceUIDs={study}")
        self.page.locator(".cornerstone-canvas").first.wait_for()
        self.page.wait_for_function("window.cornerstone?.getEnabledElements().length")
        assert self.page.locator("#monailabelServerURL").input_value() == f"{server}/"
        self.page.locator(".settingsTable .actionButton").click()
        self.page.get_by_text("Options / Configurations").wait_for()
        self.page.wait_for_function(READY)
        self.page.wait_for_timeout(3 * SECONDS)  # it, and then we, colour the segments

    def options(self, model: str, **values: str) -> None:
        """Set options of a model in the panel's dialog."""
        self.page.get_by_text("Options / Configurations").click()
        self.page.locator("select[name=selectSection]").select_option("infer")
        self.page.locator("select[name=selectName]").select_option(model)
        for name, value in values.items():
            field = self.page.locator(f"#infer{model}{name}")
            if field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        self.page.get_by_text("Confirm", exact=True).click()

    def run(self, model: str) -> int:
        """Run one of the models without a point; the status that the server answers with."""
        tab = self.page.locator(".tab-content", has=self.page.get_by_title("Run Segmentation")).first
        tab.locator("select").select_option(model)
        with self.page.expect_response(lambda answer: f"/infer/{model}" in answer.url) as answered:
            tab.get_by_title("Run Segmentation").click()
        self.page.wait_for_timeout(2 * SECONDS)
        return answered.value.status

    def draw(self, server: str, study: str, *points: tuple[float, float]) -> Ohif:
        """A new segmentation in the mode with the brush, drawn along `points` of a slice in the middle (`Ohif.paint`); the page there."""
        self.page.goto(f"{server}/ohif/segmentation?StudyInstanceUIDs={study}")
        self.page.locator(".cornerstone-canvas").first.wait_for()
        self.page.wait_for_function("window.cornerstone?.getEnabledElements()[0]?.viewport.getCurrentImageId?.()")
        self.page.locator(CONFIRM).click()
        self.page.get_by_text("Add Segmentation", exact=True).click()
        self.page.locator("[data-cy=Brush]").click()
        ohif = Ohif(self.page)
        ohif.scroll(5)
        ohif.paint(*points)
        return ohif

    def export(self) -> int:
        """The menu of the segmentation that was drawn, Export DICOM SEG, a name, Save; the status that the server answers with."""
        self.page.get_by_text("Segmentation 1", exact=True).locator("xpath=preceding::*[@aria-haspopup='menu'][1]").click()
        self.page.get_by_text("Export & Download", exact=True).hover()
        self.page.get_by_text("Export DICOM SEG", exact=True).click()
        self.page.get_by_text("Enter the report name").wait_for()
        self.page.keyboard.type("mine")
        with self.page.expect_response(lambda answer: answer.request.method == "POST" and answer.url.endswith("/studies")) as stored:
            self.page.get_by_role("button", name="Save").click()
        return stored.value.status

    def segments(self) -> dict[str, tuple[int, np.ndarray]]:
        """Each label's value in the labelmap, and its colour, (4,) 0 to 255."""
        return {label: (index, np.array(color)) for label, index, color in self.page.evaluate(SEGMENTS)}

    def labelmap(self, volume: Volume) -> np.ndarray:
        """What the viewer holds, on the volume's grid, (I, J, K) uint8, each voxel where the viewer's own geometry puts it."""
        found = self.page.evaluate(READ)
        values = np.frombuffer(base64.b64decode(found["data"]), np.uint8).reshape(found["size"], order="F")
        origin, *steps = (np.linalg.solve(volume.affine, [*corner, 1])[:3] for corner in found["corners"])
        turn = np.rint(np.column_stack([step - origin for step in steps])).astype(int)
        index = np.indices(values.shape).reshape(3, -1)
        at = turn @ index + np.rint(origin).astype(int)[:, None]
        placed = np.zeros(volume.shape, np.uint8)
        placed[tuple(at)] = values[tuple(index)]
        return placed
