"""OHIF as an annotator uses it, by mouse and menu, and what its labelmap holds, read from the running viewer."""

from __future__ import annotations

import base64
from contextlib import suppress

import numpy as np
import pytest
from playwright.sync_api import Page, TimeoutError

from ssb.volumes import Volume
from ssb_viewer.serving import OHIF
from tests.ssb_viewer.notices import wait_notices_away

needs_ohif = pytest.mark.skipif(not (OHIF / "index.html").is_file(), reason=f"OHIF is not in {OHIF}: `make viewer` installs it")

SECONDS = 1000.0
CONFIRM = "[data-cy=confirm-and-hide-button]"
"""Of the banner that says that OHIF is for investigational use."""
DIALOG, ASKED = 30 * SECONDS, 4
MENU = "[data-cy^=segmentation-collapsed-more-btn]"

READ_LABELMAP = """label => {
  const {cache, metaData} = window.cornerstone;
  const state = window.cornerstoneTools.segmentation.state;
  const segmentation = state.getSegmentations().find(one => label === null || one.label === label);
  return segmentation.representationData.Labelmap.imageIds.map(id => {
    const image = cache.getImage(id);
    const data = Uint8Array.from(image.voxelManager.getScalarData());
    let text = '';
    data.forEach(value => { text += String.fromCharCode(value); });
    const plane = metaData.get('imagePlaneModule', image.referencedImageId);
    return {position: [...plane.imagePositionPatient], columns: image.columns, data: btoa(text)};
  });
}"""

SEGMENTATION = "window.cornerstoneTools.segmentation.state.getSegmentations()[0]"

PAINTED = """window.cornerstoneTools.segmentation.state.getSegmentations()
  .flatMap(one => one.representationData.Labelmap?.imageIds ?? [])
  .reduce((sum, id) => sum + window.cornerstone.cache.getImage(id).voxelManager.getScalarData().filter(value => value).length, 0)"""

BRUSH = """window.cornerstoneTools.ToolGroupManager.getAllToolGroups()
  .some(one => /Brush/.test(one.getActivePrimaryMouseButtonTool() ?? ''))"""

NAME_SEGMENTS = f"""names => {{
  const {{segmentationId}} = {SEGMENTATION};
  names.forEach((name, index) => window.services.segmentationService.setSegmentLabel(segmentationId, index + 1, name));
}}"""

SLICE = "window.cornerstone.getEnabledElements()[0].viewport.getCurrentImageIdIndex()"

TO_WORLD = """point => {
  const {viewport} = window.cornerstone.getEnabledElements()[0];
  const box = viewport.element.getBoundingClientRect();
  return [...viewport.canvasToWorld([point[0] - box.x, point[1] - box.y])];
}"""


class Ohif:
    """One annotator at one page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(120 * SECONDS)
        wait_notices_away(page)

    def open(self, viewer: str, study: str, name: str, mode: str = "segmentation") -> None:
        """Follow a link to a study, say one's name, and wait until the image is there."""
        self.page.goto(f"{viewer}/{mode}?StudyInstanceUIDs={study}")
        self.page.get_by_label("Your name").fill(name)
        self.page.get_by_role("button", name="Open the viewer").click()
        self.page.locator(".cornerstone-canvas").first.wait_for()
        self.page.wait_for_function("window.cornerstone?.getEnabledElements()[0]?.viewport.getCurrentImageId?.()")

    def add_segmentation(self) -> None:
        """A new segmentation with one empty segment, and the brush in the hand."""
        self.page.locator(CONFIRM).click()
        self.page.locator("[data-cy=addSegmentation]").first.click()
        self.page.wait_for_function(f"{SEGMENTATION}?.representationData.Labelmap?.imageIds?.length")
        self.page.locator("[data-cy=Brush-btn]").click()
        self.page.wait_for_function(BRUSH)

    def scroll(self, slices: int) -> None:
        """Turn the wheel that many slices on, over the image."""
        self.page.locator(".cornerstone-canvas").first.hover()
        for _ in range(slices):
            before = self.page.evaluate(SLICE)
            self.page.mouse.wheel(0, 100)
            self.page.wait_for_function(f"before => ({SLICE}) !== before", arg=before)

    def paint(self, *points: tuple[float, float]) -> np.ndarray:
        """Drag the brush along points, in fractions of the image's width and height; the first one in LPS millimetres, (3,).

        Returns when OHIF holds what was painted: a busy machine shows an item of a menu before what it needs is there.
        """
        before = self.page.evaluate(PAINTED)
        box = self.page.locator(".cornerstone-canvas").first.bounding_box()
        assert box is not None
        places = [(box["x"] + box["width"] * across, box["y"] + box["height"] * down) for across, down in points]
        world = np.array(self.page.evaluate(TO_WORLD, list(places[0])))
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places:
            self.page.mouse.move(*place, steps=3)
        self.page.mouse.up()
        self.page.wait_for_function(f"before => ({PAINTED}) > before", arg=before)
        return world

    def labelmap(self, volume: Volume, label: str | None = None) -> np.ndarray:
        """The segments' numbers that OHIF holds, (I, J, K), each slice put where its position says; label: of the segmentation."""
        found = np.zeros(volume.shape, np.uint8)
        for one in self.page.evaluate(READ_LABELMAP, label):
            values = np.frombuffer(base64.b64decode(one["data"]), np.uint8).reshape(-1, one["columns"])
            i, j, k = np.rint(np.linalg.solve(volume.affine, [*one["position"], 1.0])[:3]).astype(int)
            assert (i, j) == (0, 0)
            found[:, :, k] = values.T
        return found

    def add_segment(self, *names: str) -> None:
        """One more segment, which the brush then paints; `names` are those of all segments, in order."""
        self.page.get_by_text("Add Segment", exact=True).click()
        self.page.wait_for_function(f"{len(names)} === Object.keys({SEGMENTATION}.segments).length")
        self.page.evaluate(NAME_SEGMENTS, list(names))
        active = f"window.cornerstoneTools.segmentation.segmentIndex.getActiveSegmentIndex({SEGMENTATION}.segmentationId)"
        self.page.wait_for_function(f"{len(names)} === {active}")

    def export(self) -> int:
        """Menu, Export, DICOM SEG, Save; the status that the viewer's server answers with."""
        save = self.page.get_by_role("button", name="Save")
        # On a busy machine the menu may close, or stay open, without the dialog that it should open: an annotator asks again, and so do we.
        for _ in range(ASKED):
            self._close_menu()
            with suppress(TimeoutError):
                self.page.locator(MENU).first.click(timeout=DIALOG)
                self.page.get_by_text("Export", exact=True).first.hover(timeout=DIALOG)
                self.page.get_by_text("DICOM SEG", exact=True).first.click(timeout=DIALOG)
                save.wait_for(timeout=DIALOG)
                break

        with self.page.expect_response(lambda answer: answer.request.method == "POST" and answer.url.endswith("/studies")) as stored:
            save.click()
        return stored.value.status

    def _close_menu(self) -> None:
        """The segmentation's menu, where it is open; an open menu takes every click but those on itself."""
        if self.page.locator(f"{MENU}[aria-expanded=true]").count():
            self.page.keyboard.press("Escape")
            self.page.locator(f"{MENU}[aria-expanded=false]").first.wait_for()
