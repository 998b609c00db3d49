"""The review page in a real browser against our server: from a click to a stored correction, on a folder and on a PACS."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ssb.outputs.palette import CONSENSUS
from ssb.volumes import Volume, read_volume, write_dicom_series
from ssb_app.pacs_client import Pacs
from ssb_app.server_process import running_server
from tests.browser import keep_picture, needs_chromium, running_browser
from tests.orthanc_server import needs_orthanc, running_orthanc
from tests.seg_made import headers
from tests.ssb_app.conftest import AFFINE, CLICK, lump, turned
from tests.ssb_app.reviewing import SIZE, Reader, near, needs_niivue

pytestmark = [needs_chromium, needs_niivue, pytest.mark.timeout(900)]

YELLOW = tuple(round(255 * part) for part in CONSENSUS)


SEEN = """() => {
  const {overlay} = ssbReview;
  const set = overlay.setShapes.bind(overlay);
  ssbReview.seen = [];
  overlay.setShapes = shapes => {
    if (shapes) ssbReview.seen.push(shapes.count);
    set(shapes);
  };
}"""


@dataclass(frozen=True)
class Site:
    """A server on one oblique DICOM series, in a folder or in a PACS."""

    kind: str
    server: str
    series: str
    volume: Volume

    def ask(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.server}{path}", timeout=60) as answer:
            return json.loads(answer.read())

    def mask(self, path: str, folder: Path) -> np.ndarray:
        with urllib.request.urlopen(f"{self.server}{path}", timeout=60) as answer:
            (folder / "mask.nii.gz").write_bytes(answer.read())
        found = read_volume(folder / "mask.nii.gz")
        np.testing.assert_allclose(found.affine, self.volume.affine, atol=1e-3)
        return found.array


@pytest.fixture(scope="module", params=["folder", pytest.param("pacs", marks=needs_orthanc)])
def site(request: pytest.FixtureRequest, checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "studies").mkdir()
    slices = headers(write_dicom_series(Volume(lump(), turned(AFFINE)), folder / "studies" / "series", seed_uid=request.param))
    with pytest.MonkeyPatch.context() as patch, ExitStack() as running:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        patch.setenv("MONAI_LABEL_DICOMWEB_CACHE_PATH", str(folder / "cache"))
        studies = str(folder / "studies")
        if request.param == "pacs":
            studies = running.enter_context(running_orthanc(folder))
            pacs = Pacs(studies)
            for dataset in slices:
                pacs.store(dataset)
        server = running.enter_context(running_server(studies, folder / "server.log", checkpoint))
        yield Site(request.param, server, str(slices[0].SeriesInstanceUID), read_volume(folder / "studies" / "series"))


@pytest.fixture(scope="module")
def reader(site: Site) -> Iterator[Reader]:
    """A reader who has clicked on the lesion and sees the result."""
    with running_browser() as browser:
        found = Reader(browser.new_page(viewport=SIZE))
        found.open(site.server, site.series, "phantom ct")
        keep_picture(found.page, f"review_{site.kind}_1_image")
        found.page.evaluate(SEEN)
        found.sample(CLICK)
        keep_picture(found.page, f"review_{site.kind}_2_result")
        yield found
        assert found.errors == []


def in_middle(mask: np.ndarray, k: int, value: int) -> tuple[int, int, int]:
    """A voxel of the middle of slice k where the mask has this value, off the click's row and column."""
    found = np.argwhere(mask[12:28, 12:36, k] == value) + 12
    i, j = next(at for at in found if at[0] != CLICK[0] and at[1] != CLICK[1])
    return int(i), int(j), k


def test_the_click_is_the_voxel_under_the_mouse(site: Site, reader: Reader) -> None:
    (made,) = site.ask("/ssb/sample_sets")
    assert made["request"]["point"] == list(CLICK)
    assert made["samples"] == 16


def test_the_first_samples_were_shown_before_the_rest(site: Site, reader: Reader) -> None:
    *early, last = reader.page.evaluate("ssbReview.seen")
    assert last == 16
    assert early
    assert set(early) == {4}


def test_the_voxels_on_the_screen_are_those_of_the_image(site: Site, reader: Reader) -> None:
    reader.shown()
    reader.page.keyboard.press("1")
    reader.page.keyboard.press("z")
    reader.scroll_to(CLICK[2])
    k = CLICK[2]
    i, j = (grid.ravel() for grid in np.indices(site.volume.shape[:2]))
    at = np.rint(reader.places(np.stack([i, j, np.full_like(i, k)], axis=1))).astype(int)
    seen = reader.screen()[at[:, 1], at[:, 0]].max(axis=1) > 160
    bright = site.volume.array[i, j, k] > -400
    assert (seen == bright).mean() > 0.95, "the lump is not where the page says its voxels are"
    assert bright.sum() > 50
    reader.page.keyboard.press("z")


def test_the_page_counts_as_the_library_does(site: Site, reader: Reader, tmp_path: Path) -> None:
    (made,) = site.ask("/ssb/sample_sets")
    box = site.ask(f"/ssb/sample_sets/{made['id']}/review")["box"]
    inside = tuple(slice(low, high) for low, high in zip(box["start"], box["stop"], strict=True))
    wanted = site.mask(f"/ssb/sample_sets/{made['id']}/disagreement", tmp_path)
    np.testing.assert_allclose(reader.values("disagreement", np.float32), wanted[inside], atol=1e-6)
    consensus = site.mask(f"/ssb/sample_sets/{made['id']}/mask.nii.gz", tmp_path)
    np.testing.assert_array_equal(reader.values("consensus", np.uint8), consensus[inside])
    assert consensus.sum() > 50


def test_the_consensus_outline_and_the_heat_map_come_and_go(site: Site, reader: Reader) -> None:
    reader.shown("consensus", "heat")
    reader.page.keyboard.press("d")
    both = reader.results()
    reader.shown("consensus")
    outline = reader.results()
    reader.shown()
    neither = reader.results()
    assert near(outline, YELLOW) > 200
    assert near(neither, YELLOW) == 0
    half = [int(((picture[..., 3] > 90) & (picture[..., 3] < 170)).sum()) for picture in (both, outline)]
    assert half[0] > half[1] + 2000, "the heat map covers no area"
    reader.shown("consensus", "heat")


def test_two_samples_differ_on_the_screen(site: Site, reader: Reader) -> None:
    reader.shown()
    pictures, texts = [], []
    for number in (1, 16):
        reader.page.locator("#sample").fill(str(number))
        pictures.append(reader.results())
        texts.append(reader.page.locator("#sample-text").inner_text())
    assert (pictures[0] != pictures[1]).any(axis=-1).sum() > 50
    assert texts[0].startswith("1 of 16") and texts[1].startswith("16 of 16")
    reader.shown("consensus", "all", "heat")
    keep_picture(reader.page, f"review_{site.kind}_3_samples")


def test_a_card_shows_its_interpretation(reader: Reader) -> None:
    card = reader.page.locator(".card").first
    card.click()
    assert card.get_attribute("aria-pressed") == "true"
    assert reader.page.evaluate("ssbReview.overlay.shown.selected") == {"kind": "interpretation", "number": 0}
    assert "mL" in card.inner_text() and "mm" in card.inner_text() and "%" in card.inner_text()


def test_a_correction_is_stored_voxel_for_voxel(site: Site, reader: Reader, tmp_path: Path) -> None:
    page = reader.page
    (made,) = site.ask("/ssb/sample_sets")
    show = made["interpretations"][0]["name"].replace(" ", "%20")
    wanted = site.mask(f"/ssb/sample_sets/{made['id']}/mask.nii.gz?show={show}", tmp_path)
    drawn, erased = (in_middle(wanted, CLICK[2], value) for value in (0, 1))
    page.keyboard.press("1")
    page.keyboard.press("z")
    reader.scroll_to(CLICK[2])
    page.get_by_role("button", name="Edit what is shown").click()
    page.locator("#pen").fill("1")
    reader.click(drawn)
    page.get_by_role("button", name="Erase").click()
    reader.click(erased)
    keep_picture(page, f"review_{site.kind}_4_editing")
    page.keyboard.press("n")
    page.get_by_text("not submitted yet").wait_for()
    page.get_by_role("button", name="Go on editing").click()
    page.get_by_label("Your name").fill("Åsa Müller")
    page.get_by_role("button", name="Submit as this rater").click()
    page.get_by_text("Stored: version 1 by Åsa Müller").wait_for()
    keep_picture(page, f"review_{site.kind}_5_stored")
    wanted[drawn], wanted[erased] = 1, 0
    kept = site.mask(f"/ssb/annotations/{site.series}/%C3%85sa%20M%C3%BCller", tmp_path)
    np.testing.assert_array_equal(kept, wanted)
    (version,) = site.ask(f"/ssb/annotations/{site.series}")["raters"]["Åsa Müller"]["versions"]
    assert version["origin"]["sample_set"] == made["id"]
    assert version["origin"]["client"] == "SSB Label review page"


def test_points_narrow_the_set(site: Site, reader: Reader) -> None:
    """An outside point where some samples are: none of them is left there."""
    votes = reader.values("votes", np.uint16)
    start = reader.page.evaluate("ssbReview.page.shapes.start")
    found = [tuple(int(v) for v in at + start) for at in np.argwhere((votes > 2) & (votes < 14))]
    voxel = next(at for at in found if at[2] == CLICK[2])
    reader.scroll_to(voxel[2])
    reader.click(voxel, held="Alt")
    reader.page.get_by_text(f"Outside at voxel {', '.join(map(str, voxel))}").wait_for()
    assert reader.page.evaluate("voxel => ssbReview.page.shapes.votesAt(voxel)", list(voxel)) == 0


def test_the_list_says_who_annotated(site: Site, reader: Reader) -> None:
    reader.page.keyboard.press("s")
    reader.page.get_by_text("annotated by Åsa Müller").wait_for()
    keep_picture(reader.page, f"review_{site.kind}_6_studies")
    reader.page.get_by_role("button", name="Close").click()
