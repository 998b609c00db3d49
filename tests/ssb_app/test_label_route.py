"""Submissions of stock clients through the running server."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from monailabel.client import MONAILabelClient
from monailabel.client.client import MONAILabelClientException

from ssb.annotations.annotation import Origin
from ssb.outputs.seg_nrrd import Segment, write_layered_seg_nrrd
from ssb.volumes import read_volume, write_nifti
from ssb_app.label_route import origin_of

SHAPE = (40, 48, 10)


@pytest.fixture
def grid(studies: Path) -> np.ndarray:
    return read_volume(studies / "axial.nii.gz").affine


def made(seed: int) -> np.ndarray:
    """A random mask on the grid of the studies' images."""
    return np.random.default_rng(seed).random(SHAPE) < 0.01


def client_of(server: Any, folder: Path, client_id: str | None) -> MONAILabelClient:
    return MONAILabelClient(server.address, tmpdir=str(folder), client_id=client_id)


def test_three_raters_twice_each_make_six_versions(server: Any, grid: np.ndarray, tmp_path: Path) -> None:
    image = server.ids["dicom"]
    raters = ["anna", "Bert", None]
    for seed in range(6):
        file = write_nifti(tmp_path / f"{seed}.nii.gz", made(seed), grid)
        answer = client_of(server, tmp_path, raters[seed % 3]).save_label(image, str(file))
        assert answer["image"] == answer["label"] == image
        assert answer["annotation"]["version"] == 1 + seed // 3
        newest = server.client.download_label(image, "final")
        np.testing.assert_array_equal(read_volume(newest).array, made(seed))
    found = server.ask(f"/ssb/annotations/{image}")[1]["raters"]
    assert {rater: entry["latest"] for rater, entry in found.items()} == {"anna": 2, "Bert": 2, "unknown": 2}
    for number, rater in enumerate(["anna", "Bert", "unknown"]):
        assert found[rater]["versions"][0]["origin"] == asdict(Origin("stock client"))
        for version in (1, 2):
            content = server.ask(f"/ssb/annotations/{image}/{rater}?version={version}")[1]
            path = tmp_path / "found.nii.gz"
            path.write_bytes(content)
            np.testing.assert_array_equal(read_volume(path).array, made(number + 3 * (version - 1)))
        np.testing.assert_array_equal(read_volume(server.client.download_label(image, f"rater-{rater}")).array, made(number + 3))
    labels = server.client.datastore()["objects"][image]["labels"]
    assert (labels["final"]["info"]["rater"], labels["final"]["info"]["version"]) == ("unknown", 2)
    assert {Path(pair["label"]).name for pair in server.ask("/datastore/?output=train")[1]} >= {f"{image}.nii.gz"}


def test_a_tag_names_the_rater(server: Any, grid: np.ndarray, tmp_path: Path) -> None:
    file = write_nifti(tmp_path / "a.nii.gz", made(7), grid)
    params = {"client": "review page", "sample_set": "0123", "checkpoint": "tiny-1"}
    answer = client_of(server, tmp_path, "anna").save_label("axial", str(file), tag="rater-Dr. Müller", params=dict(params))
    assert answer["annotation"]["rater"] == "Dr. Müller"
    assert answer["annotation"]["origin"] == {**params, "source": None, "click": None}
    np.testing.assert_array_equal(read_volume(server.client.download_label("axial", "rater-Dr. Müller")).array, made(7))
    assert server.ask("/datastore/label/info?label=axial&tag=rater-Dr.%20M%C3%BCller")[1]["version"] == 1


def test_slicers_cropped_layered_file_is_put_on_the_grid(server: Any, grid: np.ndarray, tmp_path: Path) -> None:
    mask = np.zeros(SHAPE, bool)
    mask[10:20, 20:28, 3:6] = True
    file = tmp_path / "a.seg.nrrd"
    write_layered_seg_nrrd(file, [Segment("nodule", mask, (1.0, 0.0, 0.0))], grid, SHAPE)
    params = {"label_info": [{"name": "nodule", "idx": 1}]}
    answer = client_of(server, tmp_path, "carla").save_label("axial", str(file), params=params)
    assert answer["annotation"]["origin"]["client"] == "3D Slicer"
    assert answer["annotation"]["voxels"] == 240
    np.testing.assert_array_equal(read_volume(server.client.download_label("axial", "rater-carla")).array.astype(bool), mask)


def test_an_empty_submission_is_an_annotation(server: Any, grid: np.ndarray, tmp_path: Path) -> None:
    file = write_nifti(tmp_path / "a.nii.gz", np.zeros(SHAPE, np.uint8), grid)
    assert client_of(server, tmp_path, "empty").save_label("axial", str(file))["annotation"]["voxels"] == 0
    assert server.ask("/ssb/annotations/axial")[1]["raters"]["empty"]["latest"] == 1


@pytest.mark.parametrize(
    ("image", "name", "tag", "status", "sentence"),
    [
        ("axial", "a.nii.gz", "../../evil", 422, "The tag '../../evil' cannot be used"),
        ("axial", "a.nii.gz", "rater-", 422, "The rater's name is empty"),
        ("absent", "a.nii.gz", "", 404, "There is no image 'absent' in the studies."),
        ("axial", "a.png", "", 422, "The submitted file is of no kind we read"),
        ("axial", "broken.nii.gz", "", 422, "The file received.nii.gz is broken: it cannot be read as NIfTI."),
    ],
)
def test_what_cannot_be_kept_gets_a_sentence(
    server: Any, grid: np.ndarray, tmp_path: Path, image: str, name: str, tag: str, status: int, sentence: str
) -> None:
    file = tmp_path / name
    if name == "a.nii.gz":
        write_nifti(file, made(0), grid)
    else:
        file.write_bytes(b"no image")
    before = server.ask("/ssb/annotations")[1]
    with pytest.raises(MONAILabelClientException) as caught:
        client_of(server, tmp_path, "anna").save_label(image, str(file), tag=tag)
    assert str(caught.value.msg).startswith(f"Status: {status}; Response: ")
    assert sentence in str(caught.value.msg)
    assert server.ask("/ssb/annotations")[1] == before


def test_the_clients_last_answer_is_what_an_annotation_started_from(server: Any, grid: np.ndarray, tmp_path: Path) -> None:
    client = client_of(server, tmp_path, "emil")
    file, answer = client.infer("ssbpp", "axial", {"foreground": [[17, 27, 4]], "samples": 4, "nfe": 2, "result_extension": ".nii.gz"})
    origin = client.save_label("axial", file)["annotation"]["origin"]
    assert (origin["sample_set"], origin["checkpoint"]) == (answer["sample_set"], "tiny-1")
    assert origin["click"] == [17, 27, 4]
    other = client_of(server, tmp_path, "fritz").save_label("axial", file)["annotation"]["origin"]
    assert (other["sample_set"], other["checkpoint"], other["click"]) == (None, None, None)


def test_only_known_facts_become_the_origin() -> None:
    nothing = Origin()
    assert origin_of({"client_id": "anna"}, nothing) == Origin("stock client")
    assert origin_of({"label_info": []}, nothing).client == "3D Slicer"
    assert origin_of({"client": "x" * 300, "sample_set": 7}, Origin(sample_set="8", checkpoint="c")) == Origin("x" * 200, "7", "c")
