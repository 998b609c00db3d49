"""Our own routes for annotations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from ssb.volumes import read_volume, write_nifti

IMAGE = "nested-oblique"


def post(server: Any, file: Path, image: str = IMAGE, **fields: str) -> requests.Response:
    with file.open("rb") as opened:
        return requests.post(f"{server.address}/ssb/annotations/{image}", files={"file": opened}, data=fields, timeout=60)


@pytest.fixture
def mask(studies: Path, tmp_path: Path) -> Path:
    """A file that marks three voxels of IMAGE."""
    volume = read_volume(studies / "nested" / "oblique.nrrd")
    array = np.zeros(volume.shape, np.uint8)
    array[3:6, 7, 2] = 1
    return write_nifti(tmp_path / "mask.nii.gz", array, volume.affine)


def test_a_submission_is_kept_listed_and_served(server: Any, mask: Path, tmp_path: Path) -> None:
    facts = {"client": "OHIF", "sample_set": "0123456789abcdef", "checkpoint": "tiny-1"}
    answer = post(server, mask, rater="anna/b", **facts)
    assert answer.status_code == 200
    record = answer.json()
    assert (record["image"], record["rater"], record["version"], record["voxels"]) == (IMAGE, "anna/b", 1, 3)
    assert record["origin"] == {**facts, "source": None, "click": None}
    assert server.ask("/ssb/annotations")[1]["images"][IMAGE]["raters"]["anna/b"] == {"latest": 1, "versions": [record]}
    for query in ("", "?version=1"):
        content = server.ask(f"/ssb/annotations/{IMAGE}/anna%2Fb{query}")[1]
        found = tmp_path / "found.nii.gz"
        found.write_bytes(content)
        np.testing.assert_array_equal(read_volume(found).array, read_volume(mask).array)
        np.testing.assert_allclose(read_volume(found).affine, read_volume(mask).affine, atol=1e-4)


def test_nobody_who_says_no_name_is_unknown(server: Any, mask: Path) -> None:
    record = post(server, mask, rater="").json()
    assert (record["rater"], record["origin"]) == ("unknown", dict.fromkeys(("client", "sample_set", "checkpoint", "source", "click")))


def test_an_image_that_nobody_annotated_has_no_raters(server: Any) -> None:
    assert server.ask(f"/ssb/annotations/{server.ids['oblique dicom']}") == (200, {"raters": {}})


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("absent", "There is no image 'absent' in the studies."),
        (f"{IMAGE}/nobody", f"There is no annotation of image '{IMAGE}' by the rater 'nobody'."),
        (f"{IMAGE}/..%2F..%2Fx", f"There is no annotation of image '{IMAGE}' by the rater '../../x'."),
        (f"{IMAGE}/dora?version=9", f"There is no version 9 of rater 'dora' on image '{IMAGE}': the newest is 1."),
    ],
)
def test_what_is_absent_gets_a_sentence(server: Any, mask: Path, path: str, sentence: str) -> None:
    if "dora" in path:
        post(server, mask, rater="dora")
    assert server.ask(f"/ssb/annotations/{path}") == (404, {"detail": sentence})


def test_bad_submissions_get_a_sentence(server: Any, mask: Path) -> None:
    assert post(server, mask, image="absent", rater="anna").json() == {"detail": "There is no image 'absent' in the studies."}
    answer = post(server, mask, rater="anna", client="x" * 201)
    assert (answer.status_code, answer.json()["detail"][:38]) == (422, "The request does not fit at body.client"[:38])
    mask.write_bytes(b"no image")
    assert post(server, mask, rater="anna").json() == {"detail": "The file received.nii.gz is broken: it cannot be read as NIfTI."}
