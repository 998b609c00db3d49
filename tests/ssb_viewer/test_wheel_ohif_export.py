"""What is drawn in the OHIF of the MONAI Label wheel and exported to an Orthanc is kept where it was drawn."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import numpy as np
import pytest

from ssb.volumes import Volume, read_volume, write_dicom_series
from tests.browser import keep_picture, needs_chromium, running_browser
from tests.orthanc_server import needs_orthanc
from tests.ssb_viewer.ohif import needs_ohif
from tests.ssb_viewer.site import FINE, lump, run_downwards, running_site
from tests.ssb_viewer.wheel_ohif import WheelOhif

pytestmark = [needs_orthanc, needs_chromium, needs_ohif, pytest.mark.timeout(600)]


@pytest.mark.parametrize("stack", ["upwards", "downwards"])
def test_what_is_drawn_in_its_brush_mode_and_exported_is_an_annotation(stack: str, checkpoint: Path, tmp_path: Path) -> None:
    series = write_dicom_series(Volume(lump(), FINE), tmp_path / "series", seed_uid=stack)
    if stack == "downwards":
        run_downwards(series)
    with running_site(series, tmp_path, checkpoint) as site, running_browser() as browser:
        ohif = WheelOhif(browser.new_page(viewport={"width": 1400, "height": 860}))
        drawn = ohif.draw(site.server, site.study, (0.5, 0.5), (0.55, 0.5))
        shown = drawn.labelmap(site.volume) > 0
        keep_picture(drawn.page, "wheel_3_brush")
        assert shown.any() and ohif.export() == 200
        site.ask("/ssb/pacs/look", {})
        told = site.ask(f"/ssb/annotations/{site.series}")["raters"]
        assert list(told) == ["unknown"], "nobody is logged in"
        urllib.request.urlretrieve(f"{site.server}/ssb/annotations/{site.series}/unknown", tmp_path / "kept.nii.gz")
        np.testing.assert_array_equal(read_volume(tmp_path / "kept.nii.gz").array > 0, shown)
