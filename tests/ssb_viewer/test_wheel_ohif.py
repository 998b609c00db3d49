"""The OHIF in the MONAI Label wheel against Orthanc and our server: options, views, colours and errors."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from ssb.outputs.seg_nrrd_reader import read_seg_nrrd
from ssb.volumes import Volume, write_dicom_series
from tests.browser import keep_picture, needs_chromium, running_browser
from tests.orthanc_server import needs_orthanc
from tests.ssb_viewer.ohif import needs_ohif
from tests.ssb_viewer.site import FINE, MIDDLE, Site, lump, running_site
from tests.ssb_viewer.wheel_ohif import WheelOhif

pytestmark = [needs_orthanc, needs_chromium, needs_ohif, pytest.mark.timeout(600)]

POINT = ",".join(str(v) for v in MIDDLE)


@dataclass(frozen=True)
class Reading:
    """The viewer with the study open, and the masks that the server has for the click, by name."""

    ohif: WheelOhif
    site: Site
    masks: dict[str, np.ndarray]


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reading]:
    folder = tmp_path_factory.mktemp("site")
    series = write_dicom_series(Volume(lump(), FINE), folder / "series", seed_uid="wheel")
    with running_site(series, folder) as site, running_browser() as browser:
        made = site.ask("/ssb/sample_sets", {"image": site.series, "point": list(MIDDLE)})
        urllib.request.urlretrieve(f"{site.server}/ssb/sample_sets/{made['id']}/samples.seg.nrrd", folder / "samples.seg.nrrd")
        found = read_seg_nrrd(folder / "samples.seg.nrrd", site.volume.affine, site.volume.shape)
        ohif = WheelOhif(browser.new_page(viewport={"width": 1400, "height": 860}))
        ohif.open(site.server, site.study)
        yield Reading(ohif, site, {segment.name: segment.on_grid(site.volume.shape) for segment in found})


def test_without_a_point_it_shows_our_sentence(reading: Reading) -> None:
    assert reading.ohif.run("ssbpp_auto") == 422
    reading.ohif.page.get_by_text("give the option point as i,j,k").first.wait_for()
    keep_picture(reading.ohif.page, "wheel_1_error")


def test_each_view_lies_where_it_belongs(reading: Reading) -> None:
    ohif, masks = reading.ohif, reading.masks
    samples = np.stack([mask for name, mask in masks.items() if name.startswith("sample ")])
    levels = np.where(samples.any(axis=0), "possible", "").astype("<U9")
    levels[masks["consensus"]], levels[samples.all(axis=0)] = "majority", "unanimous"
    views = {
        "consensus": np.where(masks["consensus"], "consensus", ""),
        "levels": levels,
        "sample 1": np.where(masks["sample 1"], "sample", ""),
        "sample 2": np.where(masks["sample 2"], "sample", ""),
    }
    assert not np.array_equal(masks["sample 1"], masks["sample 2"])
    value = {name: index for name, (index, _) in ohif.segments().items()}
    for show, expected in views.items():
        ohif.options("ssbpp_auto", point=POINT, show=show)
        assert ohif.run("ssbpp_auto") == 200
        wanted = np.zeros(expected.shape, np.uint8)
        for name in set(expected[expected != ""]):
            wanted[expected == name] = value[name]
        np.testing.assert_array_equal(ohif.labelmap(reading.site.volume), wanted, err_msg=show)
        keep_picture(ohif.page, f"wheel_2_{show.replace(' ', '_')}")


def test_labels_have_colours_that_differ_and_are_seen(reading: Reading) -> None:
    colors = {name: color[:3].astype(int) for name, (_, color) in reading.ohif.segments().items()}
    ours = [colors[name] for name in ("possible", "majority", "unanimous", "consensus", "interpretation", "sample")]
    for number, color in enumerate(ours):
        assert color.max() > 150, "bright on dark"
        for other in ours[:number]:
            assert np.linalg.norm(color - other) > 70
