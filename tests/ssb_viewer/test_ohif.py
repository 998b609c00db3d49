"""OHIF in a real browser against a real PACS and our server: three annotators paint and export, twice each."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from monailabel.client import MONAILabelClient
from pydicom.dataset import Dataset

from ssb.annotations.store import AnnotationStore
from ssb.volumes import Volume, read_volume, write_dicom_series
from ssb_app.pacs import annotations_folder
from ssb_app.pacs_client import Pacs
from ssb_app.server_process import running_command, running_server
from tests.browser import keep_picture, needs_chromium, running_browser
from tests.orthanc_server import needs_orthanc, running_orthanc
from tests.seg_made import headers
from tests.ssb_viewer.ohif import Ohif, needs_ohif

pytestmark = [needs_orthanc, needs_chromium, needs_ohif, pytest.mark.timeout(900)]

NAMES = ["Åsa Müller", "bert", "Carla R."]
STROKES = {
    "Åsa Müller": [((0.40, 0.45), (0.55, 0.50)), ((0.60, 0.40), (0.62, 0.52))],
    "bert": [((0.45, 0.55), (0.50, 0.42)), ((0.35, 0.30), (0.38, 0.34))],
    "Carla R.": [((0.52, 0.48), (0.58, 0.58)), ((0.30, 0.60), (0.33, 0.66))],
}


@dataclass(frozen=True)
class Site:
    """A PACS with one series, our server on it, and the viewer."""

    pacs: Pacs
    server: str
    viewer: str
    volume: Volume
    slices: list[Dataset]

    @property
    def study(self) -> str:
        return str(self.slices[0].StudyInstanceUID)

    @property
    def series(self) -> str:
        return str(self.slices[0].SeriesInstanceUID)


def lump() -> np.ndarray:
    """A bright asymmetric lump, off the middle, in noisy air: (96, 80, 12) int16 HU."""
    i, j, k = np.indices((96, 80, 12)).astype(float) - np.reshape((44, 36, 6), (3, 1, 1, 1))
    body = (i / 14) ** 2 + (j / 9) ** 2 + (k / 3) ** 2 < 1
    horn = (np.abs(i - 16) < 6) & (np.abs(j + 4) < 3) & (np.abs(k) < 2)
    return np.rint(np.where(body | horn, 40, -850) + np.random.default_rng(0).normal(0, 20, body.shape)).astype(np.int16)


@pytest.fixture(scope="module")
def site(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    affine = np.array([[3, 0, 0, -130], [0, 3, 0, -90], [0, 0, 5, -300], [0, 0, 0, 1.0]])  # OHIF's brush has a radius of 25 mm
    slices = headers(write_dicom_series(Volume(lump(), affine), folder / "series", seed_uid="ohif"))
    with pytest.MonkeyPatch.context() as patch, running_orthanc(folder) as address:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        patch.setenv("MONAI_LABEL_DICOMWEB_CACHE_PATH", str(folder / "cache"))
        pacs = Pacs(address)
        for dataset in slices:
            pacs.store(dataset)
        with running_server(address, folder / "server.log", checkpoint) as server:
            told = ["viewer", "--pacs", address, "--server", server]
            with running_command(told, folder / "viewer.log") as viewer:
                yield Site(pacs, server, viewer, read_volume(folder / "series"), slices)


def ask(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=60) as answer:
        return json.loads(answer.read())


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
                found = ask(f"{site.server}/ssb/annotations/{site.series}")["raters"]
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
    assert "dora" not in ask(f"{site.server}/ssb/annotations/{site.series}")["raters"]
