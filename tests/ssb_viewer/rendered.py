"""What a viewport of OHIF truly draws, pixel by pixel, and where each of its pixels lies in an image of ours."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from matplotlib.image import imread
from playwright.sync_api import Page
from scipy import ndimage

from ssb.volumes import Volume

SHOW = """([target, height]) => {
  const {viewport} = window.cornerstone.getEnabledElements()[0];
  const along = (a, b) => a.reduce((sum, v, n) => sum + v * b[n], 0);
  if (viewport.type === 'stack') {
    const planes = viewport.getImageIds().map(id => window.cornerstone.metaData.get('imagePlaneModule', id).imagePositionPatient);
    const {viewPlaneNormal: normal} = viewport.getCamera();
    const far = planes.map(at => Math.abs(along(normal, at.map((v, n) => v - target[n]))));
    return viewport.setImageIdIndex(far.indexOf(Math.min(...far))).then(() => aim(target));
  }
  return aim(target);
  function aim(target) {
    const {focalPoint, position, viewPlaneNormal} = viewport.getCamera();
    const shift = target.map((v, n) => v - focalPoint[n]);
    const depth = viewport.type === 'stack' ? along(shift, viewPlaneNormal) : 0;
    const move = shift.map((v, n) => v - depth * viewPlaneNormal[n]);
    const moved = point => point.map((v, n) => v + move[n]);
    viewport.setCamera({focalPoint: moved(focalPoint), position: moved(position), parallelScale: height / 2});
    viewport.render();
  }
}"""

CORNERS = """() => {
  const {viewport} = window.cornerstone.getEnabledElements()[0];
  return [[0, 0], [1, 0], [0, 1]].map(point => [...viewport.canvasToWorld(point)]);
}"""

WINDOW = "() => window.cornerstone.getEnabledElements()[0].viewport.getProperties().voiRange"
CLIP = """() => { const box = window.cornerstone.getEnabledElements()[0].viewport.element.getBoundingClientRect();
  return {x: box.x, y: box.y, width: box.width, height: box.height}; }"""
HIDE_NOTICES = "() => document.querySelectorAll('[data-sonner-toaster]').forEach(notices => { notices.style.display = 'none'; })"
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
SETTLE = 1500.0
"""Milliseconds until the software renderer has drawn what changed."""
LONGEST = 90.0
"""Seconds that a busy machine has until it shows what it should."""
EDGE = 0.15
"""Part of the viewport at each edge that is left out: OHIF's own words and icons lie there."""


@dataclass(frozen=True)
class Drawn:
    """One viewport. pixels: (rows, columns, 3) in 0 to 255. index: (rows, columns, 3), where each pixel's middle lies in the image."""

    pixels: np.ndarray
    index: np.ndarray

    def looked_up(self, array: np.ndarray, shift: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> np.ndarray:
        """The voxel of `array` (I, J, K) under each pixel, of `array` moved by `shift` voxels; 0 outside."""
        at = np.rint(self.index - shift).astype(int)
        within = ((at >= 0) & (at < array.shape)).all(axis=-1)
        found = array[tuple(np.where(within[..., None], at, 0).transpose(2, 0, 1))]
        return np.where(within, found, np.zeros_like(found))

    def interpolated(self, array: np.ndarray, shift: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> np.ndarray:
        """The same, linearly between the middles of the voxels, as OHIF draws numbers."""
        return ndimage.map_coordinates(array.astype(float), (self.index - shift).transpose(2, 0, 1), order=1)


def show(page: Page, world: np.ndarray, height: float) -> None:
    """Bring a point (LPS mm) to the middle of the first viewport, which then is `height` mm high."""
    page.evaluate(SHOW, [world.tolist(), height])
    page.wait_for_timeout(SETTLE)
    page.evaluate(TWO_FRAMES)


def drawn(page: Page, volume: Volume) -> Drawn:
    """What the middle of the first viewport shows now; OHIF's notices, which come and go over it, are hidden."""
    page.evaluate(HIDE_NOTICES)
    clip = page.evaluate(CLIP)
    clip = {key: round(value) for key, value in clip.items()}
    picture = (imread(BytesIO(page.screenshot(clip=clip)))[..., :3] * 255).astype(float)
    corner, right, down = (np.array(point) for point in page.evaluate(CORNERS))
    rows, columns = np.indices(picture.shape[:2]) + 0.5
    world = corner + columns[..., None] * (right - corner) + rows[..., None] * (down - corner)
    index = (world - volume.affine[:3, 3]) @ np.linalg.inv(volume.affine[:3, :3]).T
    part = tuple(slice(round(EDGE * size), round((1 - EDGE) * size)) for size in picture.shape[:2])
    return Drawn(picture[part], index[part])


def drawn_when(page: Page, volume: Volume, ready: Callable[[Drawn], bool]) -> Drawn:
    """What `drawn` gives once it is as `ready` wants it and stands still; after LONGEST seconds what is there, which the caller checks."""
    started, before = time.monotonic(), drawn(page, volume)
    while time.monotonic() - started < LONGEST:
        page.wait_for_timeout(SETTLE)
        view = drawn(page, volume)
        if np.array_equal(view.pixels, before.pixels) and ready(view):
            return view
        before = view
    return before


def coloured(view: Drawn, least: float = 12.0) -> np.ndarray:
    """Pixels whose red, green and blue differ by `least` of 255 or more, which a CT's never do, (rows, columns) bool."""
    return np.ptp(view.pixels, axis=-1) >= least


def grey_agreement(bare: Drawn, volume: Volume, window: dict[str, float]) -> float:
    """Correlation between the greys that are drawn and those of our image in the same window: whether the image lies where we say."""
    low, high = window["lower"], window["upper"]
    expected = np.clip((bare.looked_up(volume.array) - low) / (high - low), 0, 1)
    return float(np.corrcoef(expected.ravel(), bare.pixels.mean(axis=-1).ravel())[0, 1])


def changed(covered: Drawn, bare: Drawn, least: float = 12.0) -> np.ndarray:
    """Pixels that an overlay changed by `least` of 255 or more in any colour, (rows, columns) bool."""
    return np.abs(covered.pixels - bare.pixels).max(axis=-1) >= least


def iou(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two masks."""
    return float((a & b).sum() / max((a | b).sum(), 1))
