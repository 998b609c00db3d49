"""The viewer's addresses, against a real PACS; OHIF's own files are stood in for by a page, since no browser runs here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from starlette.testclient import TestClient

from ssb.annotations.dicom_seg import creator_of
from ssb.volumes import Volume, write_dicom_series
from ssb_app.access.access import Access
from ssb_app.pacs_client import Pacs
from ssb_app.server_process import free_port
from ssb_viewer.app import make_app
from ssb_viewer.proxy import PacsProxy
from tests.orthanc_server import needs_orthanc, running_orthanc
from tests.seg_made import binary_seg, headers
from tests.ssb_viewer.test_stow import KIND, SHAPE, body_of, file_of

OPEN = Access(insecure=True, origins=("http://viewer.test",))
PAGE = {"accept": "text/html,*/*"}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ohif")
    (folder / "index.html").write_text('<script src="/app-config.js"></script><script src="/app.js"></script>')
    (folder / "app.js").write_text("run()")
    (folder / "app-config.js").write_text("theirs")
    return folder


@pytest.fixture
def nobody(dist: Path) -> Iterator[TestClient]:
    """The viewer of a PACS that does not answer."""
    with TestClient(make_app(dist, PacsProxy(f"http://127.0.0.1:{free_port()}/dicom-web"), OPEN)) as client:
        yield client


@pytest.fixture(scope="module")
def slices(tmp_path_factory: pytest.TempPathFactory) -> list[Dataset]:
    array = np.random.default_rng(0).integers(-900, 100, SHAPE).astype(np.int16)
    folder = tmp_path_factory.mktemp("series") / "series"
    return headers(write_dicom_series(Volume(array, np.diag([0.7, 0.7, 2.5, 1.0])), folder, seed_uid="viewer"))


@pytest.fixture(scope="module")
def pacs(slices: list[Dataset], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pacs]:
    with running_orthanc(tmp_path_factory.mktemp("pacs")) as address:
        found = Pacs(address)
        for dataset in slices:
            found.store(dataset)
        yield found


@pytest.fixture(scope="module")
def client(dist: Path, pacs: Pacs) -> Iterator[TestClient]:
    with TestClient(make_app(dist, PacsProxy(f"{pacs.address}/"), OPEN), base_url="http://viewer.test") as found:
        yield found


def test_the_first_page_asks_for_a_name_and_leads_to_it(nobody: TestClient) -> None:
    assert "Your name" in nobody.get("/").text
    moved = nobody.get("/", params={"name": " Åsa ", "page": "segmentation?StudyInstanceUIDs=1.2"}, follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (303, "/as/%C3%85sa/segmentation?StudyInstanceUIDs=1.2")
    refused = nobody.get("/", params={"name": '"><b>^', "page": '"><i>'})
    assert refused.status_code == 422
    assert "cannot stand in a DICOM file" in refused.text
    assert "<b>" not in refused.text and "<i>" not in refused.text


def test_a_page_opened_without_a_name_asks_first(nobody: TestClient) -> None:
    asked = nobody.get("/segmentation?StudyInstanceUIDs=1.2", headers=PAGE)
    assert 'name="page" value="segmentation?StudyInstanceUIDs=1.2"' in asked.text
    assert nobody.get("/missing.js").json() == {"detail": "Not Found"}


def test_each_annotator_has_a_configuration_of_their_own(nobody: TestClient) -> None:
    shell = nobody.get("/as/%C3%85sa/segmentation").text
    assert 'src="/as/%C3%85sa/app-config.js"' in shell and 'src="/app.js"' in shell
    assert nobody.get("/app.js").text == "run()"
    text = nobody.get("/as/%C3%85sa/app-config.js").text
    assert text.startswith('const site = {"annotator": "\\u00c5sa", "home": "/as/%C3%85sa", "panel": false, "login": false};')
    moved = nobody.get("/as/A%6Ena/viewer?x=1", follow_redirects=False)
    assert moved.headers["location"] == "/as/Anna/viewer?x=1"
    refused = nobody.get("/as/unknown/")
    assert (refused.status_code, refused.json()["detail"][:32]) == (422, "The name 'unknown' stands for an")


def test_a_pacs_that_does_not_answer_is_one_sentence(nobody: TestClient) -> None:
    answer = nobody.get("/as/anna/dicom-web/studies")
    assert answer.status_code == 502
    assert "does not answer: see that it runs" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["system", "../system", "studies/../../system", "studies/%2e%2e/x", "studies/%252e%252e/x", "", "studies//x"]
)
def test_only_dicomweb_is_passed_on(nobody: TestClient, path: str) -> None:
    answer = nobody.get(f"/as/anna/dicom-web/{path.replace('../', '%2e%2e%2f')}")
    assert answer.status_code == 404


def test_nothing_is_stored_or_deleted_without_a_name_or_otherwise(nobody: TestClient) -> None:
    assert nobody.post("/dicom-web/studies", content=b"x").status_code == 404
    assert nobody.delete("/as/anna/dicom-web/studies/1.2").status_code == 404
    assert nobody.post("/as/unknown/dicom-web/studies", content=b"x").status_code == 422


@needs_orthanc
def test_what_the_pacs_says_names_the_viewers_address(client: TestClient, pacs: Pacs, slices: list[Dataset]) -> None:
    found = client.get("/as/anna/dicom-web/studies", params={"includefield": "all"})
    assert found.headers["content-type"].startswith("application/dicom+json")
    assert found.json()[0]["00081190"]["Value"] == [f"http://viewer.test/as/anna/dicom-web/studies/{slices[0].StudyInstanceUID}"]
    assert pacs.address not in found.text
    path = f"studies/{slices[0].StudyInstanceUID}/series/{slices[0].SeriesInstanceUID}/instances/{slices[0].SOPInstanceUID}/frames/1"
    frame = client.get(f"/as/anna/dicom-web/{path}", headers={"accept": 'multipart/related; type="application/octet-stream"'})
    assert frame.status_code == 200
    assert slices[0].PixelData in frame.content
    assert client.get("/as/anna/dicom-web/studies/1.2.3/series/1/instances/1").status_code == 404


@needs_orthanc
def test_a_server_that_is_away_keeps_nothing_from_the_pacs(
    dist: Path, pacs: Pacs, slices: list[Dataset], caplog: pytest.LogCaptureFixture
) -> None:
    stored = binary_seg(slices, {"nodule": np.ones(SHAPE, bool)})
    with TestClient(make_app(dist, PacsProxy(pacs.address, f"http://127.0.0.1:{free_port()}"), OPEN)) as client:
        answer = client.post("/as/bert/dicom-web/studies", content=body_of(file_of(stored)), headers={"content-type": KIND})
    assert answer.status_code == 200
    assert len(pacs.instances({"SOPInstanceUID": stored.SOPInstanceUID})) == 1
    assert "was not told of a new segmentation" in caplog.text


@needs_orthanc
def test_what_is_stored_carries_the_annotators_name(client: TestClient, pacs: Pacs, slices: list[Dataset]) -> None:
    stored = binary_seg(slices, {"nodule": np.ones(SHAPE, bool)})
    answer = client.post("/as/%C3%85sa/dicom-web/studies", content=body_of(file_of(stored)), headers={"content-type": KIND})
    assert answer.status_code == 200
    assert answer.json()["00081199"]["Value"][0]["00081155"]["Value"] == [stored.SOPInstanceUID]
    (at,) = pacs.instances({"SOPInstanceUID": stored.SOPInstanceUID})
    found = pacs.object(at)
    assert creator_of(found) == "Åsa"
    np.testing.assert_array_equal(found.pixel_array, stored.pixel_array)
    refused = client.post("/as/anna/dicom-web/studies", content=b"x", headers={"content-type": "text/plain"})
    assert (refused.status_code, refused.json()["detail"][:28]) == (422, "What is stored must be multi")
