"""MONAI Label's own routes on the real server, asked for what they must not do."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from ssb.volumes import write_nifti

CLICK = '{"foreground": [[17, 27, 4]], "samples": 2, "nfe": 2}'


@pytest.fixture(scope="module")
def asking(server: Any) -> Any:
    with httpx.Client(base_url=server.address, timeout=60) as client:
        yield client


def sentence(answer: httpx.Response, status: int) -> str:
    assert (answer.status_code, list(answer.json())) == (status, ["detail"])
    return str(answer.json()["detail"])


def kept(studies: Path) -> set[str]:
    """All that lies in the folder of studies and beside it, but locks."""
    return {str(path) for path in studies.parent.rglob("*") if path.name != ".lock"}


def test_an_image_is_added_once_it_can_be_sampled(asking: httpx.Client, studies: Path, tmp_path: Path) -> None:
    whole = write_nifti(tmp_path / "a.nii.gz", np.arange(60, dtype=np.int16).reshape(3, 4, 5), np.diag([1.0, 1, 2, 1])).read_bytes()
    before = kept(studies)
    for name in ("../../evil", "..", "a/b", "a\\b", "\uff0e\uff0e\uff0fx", "a\0b", ".hidden", "CON", "a" * 151, "a\u202eb"):
        assert "image id" in sentence(asking.put("/datastore/image", params={"image": name}, files={"file": ("x.nii.gz", whole)}), 422)
    assert "broken" in sentence(asking.put("/datastore/image", params={"image": "new"}, files={"file": ("x.nii.gz", b"no image")}), 422)
    assert "no kind we read" in sentence(asking.put("/datastore/image", files={"file": ("x.nhdr", whole)}), 422)
    assert kept(studies) == before
    assert asking.put("/datastore/", files={"file": ("..\\folder\\new.nii.gz", whole)}).json() == {"image": "new"}
    assert "there is an image of this name" in sentence(asking.put("/datastore/image?image=NEW", files={"file": ("x.nii.gz", whole)}), 409)
    assert asking.delete("/datastore/image?id=new").json() == {}
    assert "There is no image 'new'" in sentence(asking.delete("/datastore/image?id=new"), 404)
    assert sentence(asking.delete("/datastore/image?id=axial"), 403)


def test_files_are_found_by_ids_and_tags_alone(asking: httpx.Client) -> None:
    for path in ("/datastore/image?image=../../x", "/datastore/image?image=/etc/passwd", "/datastore/label?label=axial&tag=nobody"):
        assert sentence(asking.get(path), 404)
    assert sentence(asking.get("/datastore/label?label=axial&tag=../../x"), 422)
    assert sentence(asking.delete("/datastore/label?id=axial&tag=nobody"), 404)
    assert asking.head("/datastore/image?image=axial&check_sum=CRC:1").status_code == 422
    assert asking.head("/datastore/image?image=axial&check_sum=SHA256:1").status_code == 404
    assert asking.head("/datastore/image?image=axial").status_code == 200


def test_facts_that_could_not_be_read_again_are_not_kept(asking: httpx.Client) -> None:
    for info in ('{"a": "\\ud800"}', "[]", "no", '{"a": NaN}', '{"strategy": 3}'):
        assert sentence(asking.put("/datastore/image/info?image=axial", data={"info": info}), 422)
    assert sentence(asking.put("/datastore/image/info?image=nobody", data={"info": "{}"}), 404)
    assert sentence(asking.put("/datastore/label/info?label=axial&tag=nobody", data={"info": "{}"}), 404)
    assert asking.put("/datastore/image/info?image=axial", data={"info": '{"note": "x"}'}).status_code == 200
    assert asking.get("/datastore/image/info?image=axial").json()["note"] == "x"


def test_a_label_under_another_tag_is_one_that_can_be_read(asking: httpx.Client, studies: Path) -> None:
    outside = b"NRRD0004\ntype: uint8\ndimension: 3\nsizes: 2 2 2\nencoding: raw\ndata file: /etc/passwd\n\n"
    for name, content in (("x.nii.gz", b"no"), ("x.nrrd", outside), ("x.dcm", b"no")):
        assert sentence(asking.put("/datastore/label?image=axial&tag=original", files={"label": (name, content)}), 422)
    assert not list((studies / "labels" / "original").iterdir())


def test_a_session_keeps_an_archive_within_limits(asking: httpx.Client, studies: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, file in enumerate(sorted((studies / "dicom").iterdir())):
            archive.writestr(f"../../{number}/evil.dcm", file.read_bytes())
    begun = asking.put("/session/?uncompress=true", files={"files": ("../a.zip", packed.getvalue())}).json()
    folder = Path(begun["session_info"]["image"])
    try:
        assert [path.name for path in sorted(folder.iterdir())] == [f"{n:06d}.dcm" for n in range(10)]
        answer = asking.post("/infer/ssbpp", params={"session_id": begun["session_id"], "output": "json"}, data={"params": CLICK})
        assert answer.json()["summary"]["samples"] == 2
        assert "cannot be downloaded as one" in sentence(asking.get(f"/session/{begun['session_id']}?image=true"), 422)
    finally:
        assert asking.delete(f"/session/{begun['session_id']}").status_code == 200
    assert not folder.exists()
    for name in (begun["session_id"], "%2e%2e", "x" * 300, "a%00b"):
        assert asking.get(f"/session/{name}").status_code in (404, 405)
    assert sentence(asking.post("/infer/ssbpp?session_id=..", data={"params": CLICK}), 404)
    assert "whole zip file" in sentence(asking.put("/session/?uncompress=true", files={"files": ("a.tar", b"no zip")}), 422)
    assert sentence(asking.put("/session/", files={"files": ("a.nii.gz", b"no image")}), 422)


@pytest.mark.parametrize(
    ("method", "path", "status", "told"),
    [
        ("PUT", "/model/ssbpp", 403, "they are versions|GET /ssb/models lists their versions"),
        ("DELETE", "/model/ssbpp", 403, "GET /ssb/models lists their versions"),
        ("POST", "/reload", 403, "start the server again"),
        ("POST", "/infer/wsi/ssbpp", 422, "not whole-slide images"),
        ("POST", "/infer/wsi_v2/ssbpp", 422, "not whole-slide images"),
        ("POST", "/train/nobody", 404, "There is no model 'nobody' to train"),
        ("POST", "/batch/infer/nobody", 404, "There is no model 'nobody'"),
        ("GET", "/proxy/dicom/wado/studies", 404, "there is no PACS behind this server"),
        ("POST", "/proxy/dicom/stow/studies", 404, "there is no PACS behind this server"),
        ("GET", "/logs/?lines=-1", 422, "greater than or equal to 1"),
        ("POST", "/infer/ssbpp?image=axial&output=dicom_seg", 422, "is for the images of a PACS"),
    ],
)
def test_what_is_closed_says_what_to_do(asking: httpx.Client, method: str, path: str, status: int, told: str) -> None:
    found = sentence(asking.request(method, path), status)
    assert any(part in found for part in told.split("|"))


def test_the_pages_of_ohif_are_files_of_its_folder(asking: httpx.Client) -> None:
    index = asking.get("/ohif/").content
    assert b"<html" in index
    for path in (
        "/ohif/%2e%2e/%2e%2e/main.py",
        "/ohif/..%2f..%2f..%2fapp.py",
        "/ohif/%00",
        "/ohif/%2fetc%2fpasswd",
        "/ohif/%2e%2e",
    ):
        assert asking.get(path).content in (index, b'{"detail":"Not Found"}')
    assert b"COLORS" in asking.get("/ohif/app-config.js").content


def test_a_rater_whose_name_cannot_be_seen_is_refused(asking: httpx.Client) -> None:
    for name in ("anna\nroot", "anna\u202e", "\u200banna"):
        answer = asking.post("/ssb/annotations/axial", files={"file": ("x.nii.gz", b"no image")}, data={"rater": name})
        assert answer.status_code == 422
