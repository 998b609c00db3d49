"""What the viewer passes on to the server, and what not; the road itself is tested with the panel, in test_panel.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ssb_app.access.access import Access
from ssb_app.server_process import free_port
from ssb_viewer.app import make_app
from ssb_viewer.proxy import PacsProxy

OPEN = Access(insecure=True)
PACS = "http://127.0.0.1:9/dicom-web"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("OHIF")
    return tmp_path


@pytest.fixture
def client(dist: Path) -> Iterator[TestClient]:
    """The viewer of a server that does not answer."""
    with TestClient(make_app(dist, PacsProxy(PACS, f"http://127.0.0.1:{free_port()}/"), OPEN)) as found:
        yield found


@pytest.mark.parametrize("path", ["progress/0a-1b", "sample_sets/0a1b", "sample_sets/0a1b/samples.seg.nrrd"])
def test_a_server_that_is_away_is_one_sentence(client: TestClient, path: str) -> None:
    answer = client.get(f"/as/anna/ssb/{path}")
    assert answer.status_code == 502
    assert answer.json()["detail"].endswith("does not answer: see that `main.py serve` runs there.")


@pytest.mark.parametrize(
    "path",
    ["", "stats", "sample_sets", "sample_sets/../stats", "annotations", "annotations/1.2", "annotations/1.2/anna", "models", "raters"],
)
def test_what_the_panel_does_not_read_is_not_there(client: TestClient, path: str) -> None:
    answer = client.get(f"/as/anna/ssb/{path.replace('../', '%2e%2e%2f')}")
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("There is no such route for the viewer: GET")


@pytest.mark.parametrize("path", ["models/tiny-1/use", "annotations/..", "annotations/1.2/anna", "pacs/look", "sample_sets/0a1b"])
def test_what_the_panel_does_not_send_is_not_taken(client: TestClient, path: str) -> None:
    answer = client.post(f"/as/anna/ssb/{path.replace('..', '%2e%2e')}", json={})
    assert (answer.status_code, answer.json()["detail"][:41]) == (404, "There is no such route for the viewer: PO")
    assert client.delete("/as/anna/ssb/sample_sets").status_code == 404


def test_a_submission_needs_its_file_and_a_name(client: TestClient) -> None:
    answer = client.post("/as/anna/ssb/annotations/1.2", data={"rater": "bert"})
    assert (answer.status_code, answer.json()["detail"]) == (422, "A submission needs the mask as the form's `file`.")
    assert client.post("/as/unknown/ssb/annotations/1.2", files={"file": ("a.nrrd", b"x")}).status_code == 422


def test_without_a_server_there_is_no_panel(dist: Path) -> None:
    with TestClient(make_app(dist, PacsProxy(PACS), OPEN)) as client:
        answer = client.get("/as/anna/ssb/progress/0a")
        assert (answer.status_code, answer.json()["detail"]) == (
            404,
            "This viewer was started without a server: start it with --server ADDRESS.",
        )
        assert '"panel": false' in client.get("/as/anna/app-config.js").text


def test_the_panels_files_are_asked_for_again_each_time(client: TestClient) -> None:
    assert '"panel": true' in client.get("/as/anna/app-config.js").text
    for name in ("extension.js", "panel.css"):
        answer = client.get(f"/ssb-panel/{name}")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
