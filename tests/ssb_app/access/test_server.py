"""The real server with a user file: MONAI Label's own client logs in, our viewer and a browser too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from monailabel.client import MONAILabelClient
from monailabel.client.client import MONAILabelClientException
from starlette.testclient import TestClient

from ssb.volumes import write_nifti
from ssb_app.access.access import make_access
from ssb_app.access.users import UserFile
from ssb_app.server_process import free_port, running_command
from ssb_viewer.app import make_app
from ssb_viewer.proxy import PacsProxy
from tests.browser import keep_picture, needs_chromium, running_browser
from tests.ssb_app.access.people import PASSWORD, bearer
from tests.ssb_app.conftest import AFFINE, CLICK, lump


@pytest.fixture(scope="module")
def address(users: UserFile, checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "studies").mkdir()
    write_nifti(folder / "studies" / "axial.nii.gz", lump(), AFFINE)
    told = ["serve", "--studies", str(folder / "studies"), "--checkpoint", str(checkpoint), "--users", str(users.path)]
    with running_command(told, folder / "server.log") as found:
        yield found


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    write_nifti(tmp_path / "mask.nii.gz", (lump() > 0).astype("uint8"), AFFINE)
    return tmp_path / "mask.nii.gz"


def refusal(ask: Callable[[], object]) -> str:
    """What the server tells the stock client that asks."""
    with pytest.raises(MONAILabelClientException) as caught:
        ask()
    return str(caught.value.msg)


def logged_in(address: str, name: str, folder: Path) -> MONAILabelClient:
    client = MONAILabelClient(address, tmpdir=str(folder), client_id="somebody else")
    assert client.auth_enabled()
    client.update_auth(client.auth_token(name, PASSWORD))
    return client


def test_the_stock_client_logs_in_and_its_annotations_are_the_users(address: str, mask: Path, tmp_path: Path) -> None:
    nobody = MONAILabelClient(address, tmpdir=str(tmp_path))
    assert "Status: 401" in refusal(nobody.info)
    assert not nobody.auth_valid_token()
    assert "The user's name or the password is wrong." in refusal(lambda: nobody.auth_token("anna", "wrong horse battery"))
    anna = logged_in(address, "anna", tmp_path)
    assert anna.auth_valid_token() and anna.info()["name"] == "SSB Label"
    anna.infer("ssbpp", "axial", {"foreground": [list(CLICK)], "samples": 1, "nfe": 1})
    anna.save_label("axial", str(mask), "final", {})
    token = anna._headers["Authorization"]
    found = httpx.get(f"{address}/ssb/annotations/axial", headers={"Authorization": token}).json()
    assert list(found["raters"]) == ["anna"]
    assert "you cannot submit as the rater 'bert'" in refusal(lambda: anna.save_label("axial", str(mask), "rater-bert", {}))
    assert anna.next_sample("fewest_raters", {}) == {}  # anna has annotated the only image; the client's id does not count
    assert "it needs the role admin, you are annotator" in refusal(anna.train_stop)


def test_a_reader_looks_and_an_admin_reads_logs(address: str, mask: Path, tmp_path: Path) -> None:
    rosa = logged_in(address, "rosa", tmp_path)
    assert rosa.next_sample("fewest_raters", {})["id"] == "axial"
    assert "it needs the role annotator, you are reader" in refusal(lambda: rosa.save_label("axial", str(mask), "final", {}))
    ada = logged_in(address, "ada", tmp_path)
    assert httpx.get(f"{address}/logs/?text=true", headers={"Authorization": ada._headers["Authorization"]}).status_code == 200
    assert httpx.get(f"{address}/logs/", headers={"Authorization": rosa._headers["Authorization"]}).status_code == 403


def test_in_the_viewer_the_name_is_the_logins(address: str, users: UserFile, mask: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<script src="/app-config.js"></script>')
    app = make_app(tmp_path, PacsProxy(f"http://127.0.0.1:{free_port()}/dicom-web", address), make_access(users.path))
    here = {"Origin": "http://viewer.test", "Sec-Fetch-Site": "same-origin"}
    with TestClient(app, base_url="http://viewer.test", follow_redirects=False) as client:
        page = client.get("/segmentation?StudyInstanceUIDs=1.2", headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (303, "/ssb/login?next=%2Fsegmentation%3FStudyInstanceUIDs%3D1.2")
        assert client.get("/as/anna/ssb/sample_sets/0").status_code == 401
        assert client.post("/as/anna/dicom-web/studies", content=b"x").status_code == 401
        client.post("/ssb/login", data={"username": "rene", "password": PASSWORD}, headers=here)
        assert client.get("/?page=segmentation").headers["location"] == "/as/rene/segmentation"
        assert client.get("/segmentation?x=1", headers={"Accept": "text/html"}).headers["location"] == "/as/rene/segmentation?x=1"
        assert '"annotator": "rene"' in client.get("/as/rene/app-config.js").text
        for path in ("/as/anna/", "/as/anna/dicom-web/studies", "/as/anna/ssb/sample_sets/0"):
            refused = client.get(path)
            assert refused.json() == {"detail": "You are logged in as 'rene', so you cannot annotate as 'anna'."}
            assert refused.status_code == 403
        files = {"file": ("annotation.nii.gz", mask.read_bytes())}
        assert client.post("/as/anna/ssb/annotations/axial", files=files, headers=here).status_code == 403
        kept = client.post("/as/rene/ssb/annotations/axial", files=files, headers=here)
        assert (kept.status_code, kept.json()["rater"]) == (200, "rene")
        assert client.post("/as/rene/ssb/annotations/axial", files=files).status_code == 403  # says not where it comes from


@needs_chromium
def test_a_reader_logs_in_on_the_review_page(address: str) -> None:
    with running_browser() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(120_000)
        page.goto(f"{address}/ssb/review")
        page.fill("#username", "anna")
        page.fill("#password", PASSWORD)
        keep_picture(page, "login")
        page.click("button")
        page.wait_for_url("**/ssb/review", wait_until="commit")
        page.get_by_title("Logged in as annotator").get_by_text("anna").wait_for()
        page.wait_for_selector("#list button")
        assert page.input_value("#rater") == "anna"
        keep_picture(page, "review_logged_in")
        page.keyboard.press("Escape")
        page.click("#log-out")
        page.wait_for_url("**/ssb/login?next=*", wait_until="commit")
        assert httpx.get(f"{address}/ssb/me", headers=bearer("x")).status_code == 401
