"""Our panel inside OHIF in a real browser, from a click to a stored correction, against a real PACS and our server."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from playwright.sync_api import Dialog

from ssb.annotations.store import AnnotationStore
from ssb.datasets.phantom import make_phantom
from ssb.outputs.seg_nrrd_reader import read_seg_nrrd
from ssb.plausible import Index
from ssb.volumes import read_volume, write_dicom_series, write_nifti
from ssb_app.demo import PHANTOM_LESION, PHANTOM_SEED
from ssb_app.pacs import annotations_folder
from tests.browser import keep_picture, needs_chromium, running_browser
from tests.orthanc_server import needs_orthanc
from tests.ssb_viewer.ohif import Ohif, needs_ohif
from tests.ssb_viewer.panel import HEAT, MINE, SHOWN, Panel
from tests.ssb_viewer.rendered import changed, drawn, iou
from tests.ssb_viewer.site import Site, running_site

pytestmark = [needs_orthanc, needs_chromium, needs_ohif, pytest.mark.timeout(600)]

NAME = "Åsa Müller"
LEAVE = "() => !dispatchEvent(new Event('beforeunload', {cancelable: true}))"


@dataclass(frozen=True)
class Asked:
    """The panel after a click, with what the server itself has for it: the summary, the masks by name, the disagreement."""

    panel: Panel
    site: Site
    click: Index
    said: list[str]
    summary: dict[str, Any]
    masks: dict[str, np.ndarray]
    disagreement: np.ndarray

    def shows(self, label: str = SHOWN) -> np.ndarray:
        return self.panel.ohif.labelmap(self.site.volume, label)

    def beside(self, i: int, j: int) -> tuple[Index, np.ndarray]:
        """The voxel so many columns and rows from the click, and where it lies (LPS mm)."""
        index = (self.click[0] + i, self.click[1] + j, self.click[2])
        return index, self.site.volume.affine[:3, :3] @ index + self.site.volume.affine[:3, 3]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder, phantom = tmp_path_factory.mktemp("site"), make_phantom(PHANTOM_SEED)
    click = phantom.lesions[PHANTOM_LESION].centre
    series = write_dicom_series(phantom.volume, folder / "series", seed_uid="panel")
    with running_site(series, folder) as site, running_browser() as browser:
        ohif = Ohif(browser.new_page(viewport={"width": 1400, "height": 860}))
        ohif.open(site.viewer, site.study, NAME)
        panel, clicked = Panel(ohif), (site.volume.affine @ [*click, 1])[:3]
        panel.open(clicked, 90)
        said = panel.sample_at(clicked)
        panel.settle()
        keep_picture(panel.page, "panel_1_answer")
        (summary,) = site.ask("/ssb/sample_sets")
        route = f"{site.server}/ssb/sample_sets/{summary['id']}"
        for kind, name in (("samples.seg.nrrd", "samples.seg.nrrd"), ("disagreement", "disagreement.nii.gz")):
            urllib.request.urlretrieve(f"{route}/{kind}", folder / name)
        shape = site.volume.shape
        found = read_seg_nrrd(folder / "samples.seg.nrrd", site.volume.affine, shape)
        masks = {segment.name: segment.on_grid(shape) for segment in found}
        yield Asked(panel, site, click, said, summary, masks, read_volume(folder / "disagreement.nii.gz").array)


def test_a_click_in_the_image_is_answered_with_every_reading(asked: Asked) -> None:
    assert asked.summary["request"]["point"] == list(asked.click)
    assert any(text.startswith("Sampling: ") for text in asked.said), "it shows how far the sampling is"
    rows = asked.panel.part("readings").locator("label").all_inner_texts()
    assert len(rows) == 1 + len(asked.summary["interpretations"])
    for row, found in zip(rows[1:], asked.summary["interpretations"], strict=True):
        digits, percent = 2 if found["volume_ml"] < 1 else 1, int(100 * found["share"] + 0.5)
        assert row.split("\n") == [found["name"], f"{percent} %", f"{found['volume_ml']:.{digits}f} mL"]
    assert f"Volume {asked.summary['measurements']['volume_ml']['median']:.1f} mL" in asked.panel.part("measured").inner_text()


def test_each_choice_shows_its_mask_voxel_for_voxel(asked: Asked) -> None:
    np.testing.assert_array_equal(asked.shows() > 0, asked.masks["consensus"])
    first = asked.summary["interpretations"][0]
    asked.panel.choose(first["name"])
    np.testing.assert_array_equal(asked.shows() > 0, asked.masks[f"sample {first['representative']}"])
    keep_picture(asked.panel.page, "panel_2_interpretation")
    seen = []
    for number in (2, asked.summary["samples"]):
        asked.panel.slide(number)
        seen.append(asked.shows() > 0)
        np.testing.assert_array_equal(seen[-1], asked.masks[f"sample {number}"])
    assert not np.array_equal(*seen)


def test_the_heat_map_is_the_servers_disagreement_and_lies_where_it_is(asked: Asked) -> None:
    np.testing.assert_array_equal(asked.shows(HEAT), np.ceil(np.round(asked.disagreement * 10, 4)))
    on = drawn(asked.panel.page, asked.site.volume)
    asked.panel.heat(False)
    off = drawn(asked.panel.page, asked.site.volume)
    keep_picture(asked.panel.page, "panel_3_sample")
    assert iou(changed(on, off), off.looked_up(asked.disagreement > 0)) > 0.85
    asked.panel.heat(True)
    again = drawn(asked.panel.page, asked.site.volume)
    assert iou(changed(again, off), changed(on, off)) > 0.95


def test_an_edited_mask_becomes_the_annotators_and_is_not_lost_before(asked: Asked) -> None:
    panel, page = asked.panel, asked.panel.page
    panel.choose(asked.summary["interpretations"][0]["name"])
    start = asked.shows() > 0
    panel.edit()
    np.testing.assert_array_equal(asked.shows(MINE) > 0, start)
    (first, begin), (last, end) = asked.beside(-26, 10), asked.beside(-18, 14)
    panel.stroke(begin, end)
    held = asked.shows(MINE) > 0
    assert held[first] and held[last] and 30 < (held & ~start).sum() < 1000
    keep_picture(page, "panel_4_edited")

    questions: list[Dialog] = []

    def refuse(dialog: Dialog) -> None:
        questions.append(dialog)
        dialog.dismiss()

    page.on("dialog", refuse)
    panel.slide(1)
    panel.button("Edit this mask").click()
    page.remove_listener("dialog", refuse)
    assert [question.message[:45] for question in questions] == ["You have edits that are not submitted. Replac"]
    assert page.evaluate(LEAVE), "leaving the page is asked about"
    np.testing.assert_array_equal(asked.shows(MINE) > 0, held)

    assert panel.submit() == f"Kept as version 1 of {NAME}."
    assert not page.evaluate(LEAVE)
    keep_picture(page, "panel_5_submitted")
    store = AnnotationStore(annotations_folder(asked.site.pacs.address))
    (version,) = store.versions(asked.site.series, NAME)
    np.testing.assert_array_equal(store.read(version).array, held)
    origin = version.origin
    assert (origin.client, origin.sample_set, origin.checkpoint) == (
        "SSB panel in OHIF",
        asked.summary["id"],
        asked.summary["checkpoint"],
    )


def test_edits_that_ohif_drops_can_be_put_back(asked: Asked) -> None:
    panel, page = asked.panel, asked.panel.page
    panel.choose("consensus")
    panel.edit()
    panel.stroke(asked.beside(-4, 28)[1], asked.beside(4, 30)[1])
    held = asked.shows(MINE) > 0
    page.evaluate(
        "label => window.services.segmentationService.remove(window.cornerstoneTools.segmentation.state"
        ".getSegmentations().find(one => one.label === label).segmentationId)",
        MINE,
    )
    panel.button("Put my edits back").click()
    page.get_by_text("Your edits are back.").wait_for()
    np.testing.assert_array_equal(asked.shows(MINE) > 0, held)
    assert panel.submit() == f"Kept as version 2 of {NAME}."


def test_who_submits_is_who_the_address_says(asked: Asked, tmp_path: Path) -> None:
    site, file = asked.site, tmp_path / "mask.nii.gz"
    write_nifti(file, asked.masks["consensus"].astype(np.uint8), site.volume.affine)
    with file.open("rb") as content:
        address = f"{site.viewer}/as/carla/ssb/annotations/{site.series}"
        answer = requests.post(address, files={"file": (file.name, content)}, data={"rater": NAME}, timeout=60)
    assert (answer.status_code, answer.json()["rater"]) == (200, "carla")
    refused = requests.post(address, data={"rater": NAME}, timeout=60)
    assert (refused.status_code, refused.json()["detail"]) == (422, "A submission needs the mask as the form's `file`.")
    assert sorted(site.ask(f"/ssb/annotations/{site.series}")["raters"]) == ["carla", NAME]
