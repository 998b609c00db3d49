"""The review page as a reader uses it, by mouse and keys, and what it shows, read from the running page."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page

from ssb_app.review_page import NIIVUE

needs_niivue = pytest.mark.skipif(not NIIVUE.is_file(), reason=f"NiiVue is not in {NIIVUE}: `make review` installs it")

SECONDS = 1000.0
SIZE = {"width": 1440, "height": 900}

PLACES = """voxels => {
  const {viewer} = ssbReview;
  const tile = viewer.tiles().find(one => one.axis === viewer.axial().axis);
  const box = viewer.canvas.getBoundingClientRect();
  const dpr = viewer.nv.uiData.dpr;
  return voxels.map(voxel => [box.left + tile.x.at(voxel[tile.x.axis]) / dpr, box.top + tile.y.at(voxel[tile.y.axis]) / dpr]);
}"""

BASE64 = """name => {
  const values = ssbReview.page.shapes[name];
  const bytes = new Uint8Array(values.buffer);
  let text = '';
  for (let at = 0; at < bytes.length; at += 1) text += String.fromCharCode(bytes[at]);
  return btoa(text);
}"""


class Reader:
    """One reader at one page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.set_default_timeout(120 * SECONDS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda told: self.errors.append(told.text) if told.type == "error" else None)

    def open(self, server: str, image: str, search: str = "") -> None:
        """Follow the address, search the list, pick the image, and wait until it is there."""
        self.page.goto(f"{server}/ssb/review", wait_until="commit")
        self.page.locator("#list button").first.wait_for()
        self.page.locator("#search").fill(search)
        self.page.locator(f'#list [data-image="{image}"]').click()
        self.page.get_by_text("Click on the lesion").wait_for()

    def scroll_to(self, axial: int) -> None:
        """Page through the slices to that one."""
        while (now := int(self.page.evaluate("ssbReview.viewer.crosshair()[ssbReview.viewer.axial().axis]"))) != axial:
            flipped = self.page.evaluate("ssbReview.viewer.axial().flipped")
            self.page.keyboard.press("PageUp" if (axial > now) != flipped else "PageDown")

    def places(self, voxels: np.ndarray) -> np.ndarray:
        """Where voxels (n, 3) of the axial slice lie on the page, (n, 2) CSS pixels."""
        return np.array(self.page.evaluate(PLACES, np.asarray(voxels).tolist()))

    def click(self, voxel: tuple[int, int, int], **modifiers: str) -> None:
        """Click on a voxel of the axial slice that is shown."""
        ((x, y),) = self.places(np.array([voxel]))
        for key in modifiers.values():
            self.page.keyboard.down(key)
        self.page.mouse.click(x, y)
        for key in modifiers.values():
            self.page.keyboard.up(key)

    def sample(self, voxel: tuple[int, int, int]) -> None:
        """Click on the lesion, and wait for the result."""
        self.scroll_to(voxel[2])
        self.click(voxel)
        self.page.locator("#result").wait_for()
        self.page.locator("#running").wait_for(state="hidden")

    def shown(self, *checked: str) -> None:
        """Check only these of consensus, all, heat; keep nothing selected else than what is."""
        for name in ("consensus", "all", "heat"):
            self.page.locator(f"#show-{name}").set_checked(name in checked)

    def results(self) -> np.ndarray:
        """The layer over the image, (height, width, 4) uint8, red, green, blue, opacity."""
        address = self.page.evaluate("document.getElementById('results').toDataURL()")
        return np.asarray(Image.open(BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGBA"))

    def screen(self) -> np.ndarray:
        """All of the page as it is seen, (height, width, 3) uint8."""
        return np.asarray(Image.open(BytesIO(self.page.screenshot())).convert("RGB"))

    def values(self, name: str, dtype: type) -> np.ndarray:
        """What the page holds of the sample set, on its box: votes, consensus or disagreement."""
        shape = self.page.evaluate("ssbReview.page.shapes.size")
        return np.frombuffer(base64.b64decode(self.page.evaluate(BASE64, name)), dtype).reshape(shape)


def near(picture: np.ndarray, color: tuple[int, int, int], tolerance: int = 12) -> int:
    """How many opaque pixels of the results layer have about this colour."""
    close = np.abs(picture[..., :3].astype(int) - color).max(axis=-1) <= tolerance
    return int((close & (picture[..., 3] > 200)).sum())
