"""Our own routes: sample sets as JSON and as files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ssb.outputs.seg_nrrd_reader import read_seg_nrrd
from ssb.plausible import SampleSet
from ssb.volumes import read_volume

ORDER = {"image": "axial", "point": [17, 27, 4], "samples": 4, "nfe": 2}


def test_a_sample_set_is_made_once_and_listed(server: Any) -> None:
    status, made = server.ask("/ssb/sample_sets", ORDER)
    assert status == 200
    assert re.fullmatch(r"[0-9a-f]{16}", made["id"])
    runs = server.stats()["runs"]
    assert server.ask("/ssb/sample_sets", {**ORDER, "samples": "4"})[1] == made
    assert server.stats()["runs"] == runs
    assert made in server.ask("/ssb/sample_sets")[1]
    assert server.infer()[1]["sample_set"] == made["id"]


def test_a_click_in_millimetres_is_the_same_click(server: Any, expected: dict[str, SampleSet]) -> None:
    image = server.ids["oblique dicom"]
    point = (expected["oblique dicom"].affine @ [17, 27, 4, 1])[:3].tolist()
    by_voxel = server.ask("/ssb/sample_sets", {**ORDER, "image": image})[1]
    assert server.ask("/ssb/sample_sets", {"image": image, "point_mm": point, "samples": 4, "nfe": 2})[1]["id"] == by_voxel["id"]


@pytest.mark.parametrize("query", ["", "?format=nii.gz", "?format=nrrd"])
@pytest.mark.parametrize("image", ["dicom", "nested-oblique"])
def test_the_disagreement_map_is_the_librarys_own(
    server: Any, expected: dict[str, SampleSet], tmp_path: Path, image: str, query: str
) -> None:
    set_id = server.ask("/ssb/sample_sets", {**ORDER, "image": server.ids[image]})[1]["id"]
    status, content = server.ask(f"/ssb/sample_sets/{set_id}/disagreement{query}")
    assert status == 200
    path = tmp_path / ("map.nrrd" if "nrrd" in query else "map.nii.gz")
    path.write_bytes(content)
    found, wanted = read_volume(path), expected[image]
    assert found.array.dtype == np.float32
    np.testing.assert_array_equal(found.array, wanted.on_grid(wanted.disagreement))
    np.testing.assert_allclose(found.affine, wanted.affine, atol=1e-4)
    assert found.array.max() > 0.5
    assert server.ask(f"/ssb/sample_sets/{set_id}/disagreement{query}")[1] == content


def test_the_layered_file_is_served(server: Any, expected: dict[str, SampleSet], tmp_path: Path) -> None:
    set_id = server.ask("/ssb/sample_sets", ORDER)[1]["id"]
    path = tmp_path / "samples.seg.nrrd"
    path.write_bytes(server.ask(f"/ssb/sample_sets/{set_id}/samples.seg.nrrd")[1])
    wanted = expected["axial"]
    names = [segment.name for segment in read_seg_nrrd(path, wanted.affine, wanted.shape)]
    assert names[0] == "consensus"
    assert names[-4:] == ["sample 1", "sample 2", "sample 3", "sample 4"]


def test_forgotten_sets_come_back_the_same(server: Any) -> None:
    made = server.ask("/ssb/sample_sets", ORDER)[1]
    assert server.ask("/ssb/sample_sets", method="DELETE")[1]["kept"] == 0
    assert server.ask(f"/ssb/sample_sets/{made['id']}")[0] == 404
    again = server.ask("/ssb/sample_sets", ORDER)[1]
    assert {**again, "seconds": 0} == {**made, "seconds": 0}


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"image": "absent"}, 404, "There is no image 'absent' in the studies."),
        ({"image": "/etc/hostname"}, 404, "There is no image '/etc/hostname' in the studies."),
        ({"point": [17, 27, 10]}, 422, "The point (17, 27, 10) lies outside the image, whose voxels are i 0 to 39, j 0 to 47, k 0 to 9."),
        ({"point": None}, 422, "Give the click once: point, a voxel [i, j, k], or point_mm, patient millimetres [x, y, z]."),
        ({"point_mm": [0, 0, 0]}, 422, "Give the click once: point, a voxel [i, j, k], or point_mm, patient millimetres [x, y, z]."),
        ({"inside": [1, 2, 3]}, 422, "The inside holds 1, but a point is three numbers such as [231, 180, 42]."),
        (
            {"inside": [[1, 1, 1]], "outside": [[1, 1, 1]]},
            422,
            "The voxel (1, 1, 1) is asked both inside and outside of the lesion: give it once.",
        ),
        ({"nfe": "fast"}, 422, "The option nfe is 'fast', but it must be a whole number from 1 to 100."),
        ({"image": 5}, 422, "The request does not fit at body.image: Input should be a valid string."),
    ],
)
def test_bad_orders_get_a_sentence(server: Any, change: dict[str, Any], status: int, sentence: str) -> None:
    assert server.ask("/ssb/sample_sets", {**ORDER, **change}) == (status, {"detail": sentence})


def test_the_reading_report_is_a_page(server: Any) -> None:
    made = server.ask("/ssb/sample_sets", ORDER)[1]
    status, page = server.ask(f"/ssb/sample_sets/{made['id']}/report")
    assert status == 200
    assert page.startswith(b"<!doctype html>")
    assert f"<td>{made['checkpoint']}".encode() in page


@pytest.mark.parametrize("path", ["", "/disagreement", "/samples.seg.nrrd", "/report"])
def test_an_unknown_id_gets_a_sentence(server: Any, path: str) -> None:
    status, answer = server.ask(f"/ssb/sample_sets/0123{path}")
    assert status == 404
    assert answer["detail"].startswith("There is no sample set '0123'")
