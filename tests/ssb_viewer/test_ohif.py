"""OHIF in a real browser against a real PACS and our server: three annotators paint and export, twice each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from monailabel.client import MONAILabelClient

from ssb.annotations.store import AnnotationStore
from ssb.volumes import Volume, read_volume, write_dicom_series
from ssb_app.pacs import annotations_folder
from tests.browser import keep_picture, needs_chromium, running_browser
from tests.orthanc_server import needs_orthanc
from tests.ssb_viewer.ohif import CONFIRM, SECONDS, Ohif, needs_ohif
from tests.ssb_viewer.site import AFFINE, Site, lump, run_downwards, running_site

pytestmark = [needs_orthanc, needs_chromium, needs_ohif, pytest.mark.timeout(900)]

NAMES = ["Åsa Müller", "bert", "Carla R."]
STROKES = {
    "Åsa Müller": [((0.40, 0.45), (0.55, 0.50)), ((0.60, 0.40), (0.62, 0.52))],
    "bert": [((0.45, 0.55), (0.50, 0.42)), ((0.35, 0.30), (0.38, 0.34))],
    "Carla R.": [((0.52, 0.48), (0.58, 0.58)), ((0.30, 0.60), (0.33, 0.66))],
}


@pytest.fixture(scope="module")
def site(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    series = write_dicom_series(Volume(lump(), AFFINE), folder / "series", seed_uid="ohif")
    with running_site(series, folder, checkpoint) as found:
        yield found


@pytest.fixture(scope="module")
def exported(site: Site) -> dict[str, list[np.ndarray]]:
    """By name what each annotator's OHIF held when it exported; everyone exports once before anyone does again."""
    held: dict[str, list[np.ndarray]] = {name: [] for name in NAMES}
    with running_browser() as browser:
        for turn in range(2):
            for number, name in enumerate(NAMES):
                ohif = Ohif(browser.new_page(viewport={"width": 1200, "height": 760}))
                ohif.open(site.viewer, site.study, name)
                ohif.add_segmentation()
                ohif.scroll(2 + number + 3 * turn)
                world = ohif.paint(*STROKES[name][turn])
                held[name].append(ohif.labelmap(site.volume) > 0)
                at = site.volume.to_index(world)
                assert held[name][-1][at], f"the brush of {name} touched {at}, but that voxel is not marked"
                keep_picture(ohif.page, f"ohif_{number + 1}_{turn + 1}")
                if name == NAMES[2]:
                    store_as_ohif_does_by_itself(ohif)
                assert ohif.export() == 200
                ohif.page.close()
                found = site.ask(f"/ssb/annotations/{site.series}")["raters"]
                assert found[name]["latest"] == turn + 1, "it is an annotation once OHIF says that it is stored"
    return held


def store_as_ohif_does_by_itself(ohif: Ohif) -> None:
    """As LABELMAP in RLE, in place of what our configuration says."""
    ohif.page.evaluate("delete window.extensionManager.getActiveDataSourceDefinition().configuration.segmentation")


def test_six_exports_are_six_versions_voxel_for_voxel(site: Site, exported: dict[str, list[np.ndarray]], tmp_path: Path) -> None:
    store = AnnotationStore(annotations_folder(site.pacs.address))
    assert sorted(store.raters(site.series)) == sorted(NAMES)
    for name in NAMES:
        versions = store.versions(site.series, name)
        assert [version.origin.client for version in versions] == ["OHIF"] * 2
        for version, held in zip(versions, exported[name], strict=True):
            assert held.sum() > 20
            np.testing.assert_array_equal(store.read(version).array, held)
        assert not np.array_equal(*exported[name])
    final = MONAILabelClient(site.server, tmpdir=str(tmp_path)).download_label(site.series, "final")
    np.testing.assert_array_equal(read_volume(final).array, exported[NAMES[-1]][1])


def test_the_pacs_holds_both_kinds_each_with_its_annotators_name(site: Site, exported: dict[str, list[np.ndarray]]) -> None:
    store = AnnotationStore(annotations_folder(site.pacs.address))
    for name, kind in zip(NAMES, ("BINARY", "BINARY", "LABELMAP"), strict=True):
        for version in store.versions(site.series, name):
            (at,) = site.pacs.instances({"SOPInstanceUID": str(version.origin.source)})
            found = site.pacs.object(at)
            assert (found.SegmentationType, str(found.ContentCreatorName).rstrip("^")) == (kind, name)


def test_ohif_shows_why_an_export_is_no_annotation(site: Site) -> None:
    with running_browser() as browser:
        ohif = Ohif(browser.new_page(viewport={"width": 1200, "height": 760}))
        ohif.open(site.viewer, site.study, "dora")
        ohif.add_segmentation()
        ohif.paint((0.30, 0.35), (0.35, 0.40))
        ohif.add_segment("consensus", "sample 1")
        ohif.paint((0.60, 0.65), (0.65, 0.60))
        assert ohif.export() == 409
        told = ohif.page.get_by_text("Your segmentation is in the PACS, but it is not kept as your annotation.")
        told.wait_for()
        assert "keep only the one segment that is your annotation" in told.inner_text()
        keep_picture(ohif.page, "ohif_refused")
    assert "dora" not in site.ask(f"/ssb/annotations/{site.series}")["raters"]


def test_a_notice_of_ohif_over_a_button_is_waited_away(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    with running_browser() as browser:
        ohif = Ohif(browser.new_page(viewport={"width": 1200, "height": 760}))
        ohif.open(site.viewer, site.study, "eva")
        ohif.page.evaluate("setTimeout(() => { throw new Error('made for a test'); }, 0)")
        box = ohif.page.locator(CONFIRM).bounding_box()
        assert box is not None
        ohif.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        ohif.page.wait_for_timeout(2 * SECONDS)
        keep_picture(ohif.page, "ohif_notice")
        ohif.add_segmentation()
    assert "made for a test" in capsys.readouterr().out


def test_an_export_of_a_stack_that_runs_down_is_where_it_was_drawn(checkpoint: Path, tmp_path: Path) -> None:
    series = write_dicom_series(Volume(lump(), AFFINE), tmp_path / "series", seed_uid="downwards")
    run_downwards(series)
    with running_site(series, tmp_path, checkpoint) as site, running_browser() as browser:
        ohif = Ohif(browser.new_page(viewport={"width": 1200, "height": 760}))
        ohif.open(site.viewer, site.study, "anna")
        ohif.add_segmentation()
        ohif.scroll(2)
        world = ohif.paint((0.40, 0.45), (0.55, 0.50))
        held = ohif.labelmap(site.volume) > 0
        assert held[site.volume.to_index(world)]
        assert ohif.export() == 200
        store = AnnotationStore(annotations_folder(site.pacs.address))
        (version,) = store.versions(site.series, "anna")
        np.testing.assert_array_equal(store.read(version).array, held)
