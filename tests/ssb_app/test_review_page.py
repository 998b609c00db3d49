"""The files of the review page: served by name, nothing else, and one sentence where NiiVue is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ssb_app import review_page

FILES = sorted(file.name for file in review_page.PAGES.iterdir())


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """The page with a file in NiiVue's place."""
    (tmp_path / "index.js").write_text("export class Niivue {}")
    monkeypatch.setattr(review_page, "NIIVUE", tmp_path / "index.js")
    app = FastAPI()
    app.include_router(review_page.router)
    return TestClient(app)


def test_the_page_names_only_files_that_are_served(client: TestClient) -> None:
    page = client.get("/ssb/review")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "http://" not in page.text and "https://" not in page.text
    assert "Not for clinical use" in page.text
    named = [part.split('"')[0] for part in page.text.split('"review/')[1:]]
    assert {"main.js", "page.css", "panel.css", "niivue-licence.txt"} == set(named)
    for name in named:
        assert client.get(f"/ssb/review/{name}").status_code == 200


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_every_module_is_served_and_so_is_what_it_imports(client: TestClient, name: str) -> None:
    found = client.get(f"/ssb/review/{name}")
    assert found.headers["content-type"].startswith("text/javascript")
    assert found.text == (review_page.PAGES / name).read_text(encoding="utf-8")
    for line in found.text.splitlines():
        if line.startswith("import "):
            imported = line.split("'")[1]
            assert imported.startswith("./")
            assert client.get(f"/ssb/review/{imported[2:]}").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["%2e%2e/routes.py", "..%2froutes.py", "%2e%2e%2froutes.py", "..%5croutes.py", "%2fetc%2fhostname", "routes.py", "absent.js"],
)
def test_nothing_outside_the_pages_folder_is_served(client: TestClient, path: str) -> None:
    found = client.get(f"/ssb/review/{path}")
    assert found.status_code == 404
    assert "import" not in found.text


def test_a_missing_file_is_one_sentence(client: TestClient) -> None:
    assert client.get("/ssb/review/absent.js").json() == {"detail": "There is no file 'absent.js' of the review page."}


def test_without_niivue_the_page_says_what_to_do(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "index.js").unlink()
    page = client.get("/ssb/review")
    assert page.status_code == 503
    assert "The review page needs NiiVue, which is not installed here: run `make review` (needs Node.js)" in page.text
    assert client.get("/ssb/review/niivue.js").status_code == 404


def test_the_licence_is_niivues(client: TestClient) -> None:
    text = client.get("/ssb/review/niivue-licence.txt").text
    assert "BSD 2-Clause License" in text and "Copyright (c) 2021, Niivue" in text
