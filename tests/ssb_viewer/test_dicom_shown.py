"""A sample set that our server stored in the PACS, in OHIF over its CT: aligned, by the pixels that are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from ssb.volumes import Volume, write_dicom_series
from tests.browser import keep_picture, needs_chromium, running_browser
from tests.dicom_made import map_of, masks_of
from tests.orthanc_server import needs_orthanc
from tests.ssb_app.conftest import turned
from tests.ssb_viewer.ohif import CONFIRM, Ohif, needs_ohif
from tests.ssb_viewer.rendered import WINDOW, Drawn, changed, coloured, drawn_when, grey_agreement, iou, show
from tests.ssb_viewer.site import FINE, MIDDLE, Site, lump, running_site

pytestmark = [needs_orthanc, needs_chromium, needs_ohif, pytest.mark.timeout(600)]

REAL_CLICK = (317, 366, 30)
Step = tuple[float, float, float]
WAYS: list[Step] = [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]
VOXEL, QUARTER = np.array([1, 1, 1]), np.array([0.25, 0.25, 1])
"""Steps that are seen: voxels of a SEG have edges; numbers are drawn smoothly within a slice, and between slices they mix."""
SEEN_BITS = 0.02
"""Of the disagreement, from which OHIF's colour is seen on the grey."""
BARE = 0.01
"""Part of the pixels that may have a colour without an overlay: OHIF draws a line at the edge of an image."""
HIDE_SEG = "window.services.segmentationService.clearSegmentationRepresentations(window.cornerstone.getEnabledElements()[0].viewport.id)"
HIDE_MAP = """() => { const {viewport} = window.cornerstone.getEnabledElements()[0];
  viewport.getActors()[1].actor.setVisibility(false); viewport.render(); }"""
MAP_IS_THERE = """() => { const viewport = window.cornerstone.getEnabledElements()[0]?.viewport;
  return viewport && viewport.type !== 'stack' && viewport.getActors().length === 2; }"""
SEG_IS_THERE = "() => window.cornerstone.getEnabledElements()[0]?.viewport.getActors().length > 1"


Expected = Callable[[Drawn, Step], np.ndarray]
"""Where an overlay should be drawn in a viewport, (rows, columns) bool, if it were moved by so many voxels."""


@dataclass(frozen=True)
class Shown:
    """OHIF with a study whose results are in the PACS, and these results as the PACS' own objects have them."""

    name: str
    page: Page
    site: Site
    click: tuple[int, int, int]
    possible: np.ndarray
    disagreement: np.ndarray

    def over(self, world: np.ndarray, height: float, hide: str, expected: Expected, smallest: float, step: np.ndarray, kind: str) -> None:
        """Check the overlay that OHIF shows now, around a point: no move of `expected` by a step fits it better than none."""

        def is_there(view: Drawn) -> bool:
            if iou(coloured(view), expected(view, (0, 0, 0))) > smallest / 2:
                return True
            # What OHIF loads late puts the camera where OHIF wants it.
            show(self.page, world, height)
            return False

        show(self.page, world, height)
        covered = drawn_when(self.page, self.site.volume, is_there)
        keep_picture(self.page, f"ohif_{kind}_{self.name}")
        self.page.evaluate(hide)
        show(self.page, world, height)
        bare = drawn_when(self.page, self.site.volume, lambda view: coloured(view).mean() < BARE)
        assert grey_agreement(bare, self.site.volume, self.page.evaluate(WINDOW)) > 0.9, "the image is not where we say"
        found, wanted = changed(covered, bare), expected(bare, (0, 0, 0))
        assert wanted.sum() > 3000
        agreement = iou(found, wanted)
        assert agreement > smallest
        print(f"{kind} over {self.name}: IoU {agreement:.3f}")
        for way in WAYS:
            i, j, k = step * way
            assert agreement > iou(found, expected(bare, (i, j, k))), f"it lies nearer to where a step of {i, j, k} voxels puts it"


def lesion_in_pacs(site: Site, click: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Sample at the click, store through the route, and read what the PACS then has: where any sample is, and the disagreement."""
    made = site.ask("/ssb/sample_sets", {"image": site.series, "point": list(click), "samples": 8})
    stored: dict[str, Any] = site.ask(f"/ssb/sample_sets/{made['id']}/dicom", {})
    objects = {}
    for kind, one in stored.items():
        assert one["stored"]
        (at,) = site.pacs.instances({"SOPInstanceUID": one["uid"]})
        objects[kind] = site.pacs.object(at)
    grid = site.volume.affine, site.volume.shape
    return np.any([*masks_of(objects["segmentation"], *grid).values()], axis=0), map_of(objects["disagreement"], *grid)


@pytest.fixture(scope="module", params=["oblique", "lidc_0001"])
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    folder, click = tmp_path_factory.mktemp("site"), REAL_CLICK
    if request.param == "oblique":
        click = MIDDLE
        series = write_dicom_series(Volume(lump(), turned(FINE)), folder / "series", seed_uid="oblique ohif")
    else:
        series = request.getfixturevalue("shared_data") / "ct" / "LIDC-IDRI-0001"
        if not series.is_dir():
            pytest.skip(f"needs the series {series}")
    with running_site(series, folder) as site:
        results = lesion_in_pacs(site, click)
        with running_browser() as browser:
            ohif = Ohif(browser.new_page(viewport={"width": 1200, "height": 760}))
            ohif.open(site.viewer, site.study, "anna", mode="viewer")
            ohif.page.locator(CONFIRM).click()
            yield Shown(request.param, ohif.page, site, click, *results)


def test_segmentation_and_map_lie_where_the_lesion_is(shown: Shown) -> None:
    page, volume = shown.page, shown.site.volume

    def in_seg(view: Drawn, step: Step) -> np.ndarray:
        return view.looked_up(shown.possible, step)

    def in_map(view: Drawn, step: Step) -> np.ndarray:
        return view.interpolated(shown.disagreement, step) > SEEN_BITS

    parts: list[tuple[str, str, str, np.ndarray, Expected, float, np.ndarray]] = [
        ("SEG", SEG_IS_THERE, HIDE_SEG, shown.possible, in_seg, 0.99, VOXEL),
        ("PMAP", MAP_IS_THERE, HIDE_MAP, shown.disagreement > 0, in_map, 0.85, QUARTER),
    ]
    for kind, ready, hide, marked, expected, smallest, step in parts:
        page.locator("[data-cy=study-browser-thumbnail-no-image]", has_text=kind).dblclick()
        page.wait_for_function(ready)
        at = np.argwhere(marked[:, :, shown.click[2]])
        middle = volume.affine[:3, :3] @ [*at.mean(axis=0), shown.click[2]] + volume.affine[:3, 3]
        height = 2.5 * float((np.ptp(at, axis=0) * volume.spacing[:2]).max())
        shown.over(middle, height, hide, expected, smallest, step, kind.lower())
