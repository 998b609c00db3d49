"""Our panel inside OHIF as a reader uses it: by its buttons, and by mouse in the image."""

from __future__ import annotations

import numpy as np
from playwright.sync_api import Locator

from tests.ssb_viewer.ohif import CONFIRM, Ohif
from tests.ssb_viewer.rendered import show

ON_PAGE = """world => { const {viewport} = window.cornerstone.getEnabledElements()[0]; const box = viewport.element.getBoundingClientRect();
  const [x, y] = viewport.worldToCanvas(world); return [x + box.x, y + box.y]; }"""

LISTEN = """() => { const doing = document.querySelector('[data-ssb=doing]'); window.said = [];
  new MutationObserver(() => window.said.push(doing.textContent)).observe(doing, {childList: true}); }"""
ANSWERED = "window.said.length && document.querySelector('[data-ssb=busy]').hidden"

SHOWN, HEAT, MINE = "SSB shown mask", "SSB disagreement", "Mine"
"""What OHIF calls the panel's segmentations."""


class Panel:
    """The panel in the page of one annotator."""

    def __init__(self, ohif: Ohif) -> None:
        self.ohif, self.page = ohif, ohif.page

    def part(self, name: str) -> Locator:
        return self.page.locator(f"[data-ssb={name}]")

    def button(self, name: str) -> Locator:
        return self.page.locator(".ssb-panel").get_by_role("button", name=name)

    def open(self, world: np.ndarray, height: float) -> None:
        """Bring a point (LPS mm) into view, and the panel to the front."""
        banner = self.page.locator(CONFIRM)
        if banner.count():
            banner.click()
        self.page.locator("[data-cy=ssb-btn]").click()
        self.button("Sample at a click").wait_for()
        show(self.page, world, height)

    def sample_at(self, world: np.ndarray) -> list[str]:
        """Click there and wait for the answer; what the panel said meanwhile."""
        self.button("Sample at a click").click()
        self.page.get_by_text("Click on the lesion in the image").wait_for()
        self.page.evaluate(LISTEN)
        self.page.mouse.click(*self.page.evaluate(ON_PAGE, world.tolist()))
        self.page.wait_for_function(ANSWERED)
        self.part("answer").wait_for()
        return list(self.page.evaluate("window.said"))

    def choose(self, name: str) -> None:
        """Show the consensus or an interpretation."""
        self.part("readings").get_by_label(name).check()
        self.settle()

    def slide(self, number: int) -> None:
        """Show a sample."""
        self.part("slider").fill(str(number))
        self.settle()

    def heat(self, on: bool) -> None:
        """The heat map on or off."""
        self.part("heat").set_checked(on)
        self.settle()

    def edit(self) -> None:
        """Take the shown mask as one's own, with the brush in the hand."""
        self.button("Edit this mask").click()
        self.page.get_by_text("Paint with the brush").wait_for()
        self.settle()

    def stroke(self, start: np.ndarray, end: np.ndarray) -> None:
        """Drag the brush from one point to another (LPS mm)."""
        (x, y), (to_x, to_y) = (self.page.evaluate(ON_PAGE, point.tolist()) for point in (start, end))
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(to_x, to_y, steps=4)
        self.page.mouse.up()
        self.page.get_by_text("your edits are not submitted yet").wait_for()

    def submit(self) -> str:
        """Submit, and what the panel then says."""
        self.button("Submit as mine").click()
        self.part("busy").wait_for(state="hidden")
        return self.part("told").inner_text()

    def settle(self) -> None:
        """Wait until OHIF has drawn."""
        self.page.wait_for_timeout(1200)
