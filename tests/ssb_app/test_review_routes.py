"""What the review page is given: images with what tells them apart, voxels, masks, sizes, progress."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ssb.interpretations import interpret
from ssb.plausible import SampleSet
from ssb.volumes import read_volume
from ssb_app.review_routes import for_display
from tests.ssb_app.conftest import CLICK

ORDER = {"point": list(CLICK), "samples": 4, "nfe": 2}


def made(server: Any, image: str) -> str:
    return str(server.ask("/ssb/sample_sets", {**ORDER, "image": server.ids[image]})[1]["id"])


def test_images_come_with_what_tells_them_apart(server: Any) -> None:
    images = {one["id"]: one for one in server.ask("/ssb/images")[1]}
    assert images["axial"]["facts"] == {}
    facts = images[server.ids["dicom"]]["facts"]
    assert facts["modality"] == "CT"
    assert facts["patient"] == "PHANTOM"
    assert set(images) == set(server.ids.values())
    assert all(isinstance(one["raters"], list) for one in images.values())


@pytest.mark.parametrize(
    ("image", "path"),
    [("oblique dicom", "nested/deeper/dicom"), ("nested-oblique", "nested/oblique.nrrd"), ("L\u00e4sion 1", "L\u00e4sion 1.nii.gz")],
)
def test_voxels_are_those_of_the_image(server: Any, studies: Path, tmp_path: Path, image: str, path: str) -> None:
    status, content = server.ask(f"/ssb/images/{server.ids[image].replace(' ', '%20').replace('ä', '%C3%A4')}/volume.nii")
    assert status == 200
    (tmp_path / "volume.nii").write_bytes(content)
    found = read_volume(tmp_path / "volume.nii")
    wanted = read_volume(studies / path)
    assert found.array.dtype == np.int16
    np.testing.assert_array_equal(found.array, wanted.array)
    np.testing.assert_allclose(found.affine, wanted.affine, atol=1e-4)


def test_an_unknown_image_is_one_sentence(server: Any) -> None:
    assert server.ask("/ssb/images/absent/volume.nii") == (404, {"detail": "There is no image 'absent' in the studies."})


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (np.array([-1000, 3000], np.int16), np.int16),
        (np.array([0, 40000], np.uint16), np.float32),
        (np.array([0, 30000], np.int64), np.int16),
        (np.array([-1000.0, 40.0]), np.int16),
        (np.array([-1000.0, 40.5]), np.float32),
        (np.array([0.0, np.nan]), np.float32),
    ],
)
def test_values_are_sent_in_the_smaller_type_that_holds_them(values: np.ndarray, dtype: type) -> None:
    found = for_display(values)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, values)


def test_masks_are_the_librarys_own(server: Any, expected: dict[str, SampleSet]) -> None:
    set_id, wanted = made(server, "oblique dicom"), expected["oblique dicom"]
    box = server.ask(f"/ssb/sample_sets/{set_id}/review")[1]["box"]
    assert (tuple(box["start"]), tuple(box["stop"])) == (wanted.box.start, wanted.box.stop)
    bits = np.frombuffer(server.ask(f"/ssb/sample_sets/{set_id}/masks")[1], np.uint8)
    np.testing.assert_array_equal(np.unpackbits(bits, count=wanted.masks.size).reshape(wanted.masks.shape).astype(bool), wanted.masks)


def test_sizes_come_with_their_spread(server: Any, expected: dict[str, SampleSet]) -> None:
    set_id, wanted = made(server, "dicom"), expected["dicom"]
    told = server.ask(f"/ssb/sample_sets/{set_id}/review")[1]
    assert told["dicom"] is True
    assert len(told["samples"]) == 4
    for found, size in zip(interpret(wanted), told["interpretations"], strict=True):
        volumes = [told["samples"][member]["volume_ml"] for member in found.members]
        assert size["volume_ml"]["median"] == pytest.approx(np.median(volumes))
        assert len(size["color"]) == 3
    assert server.ask(f"/ssb/sample_sets/{made(server, 'axial')}/review")[1]["dicom"] is False


@pytest.mark.parametrize("show", ["consensus", "sample 2", "interpretation 1"])
def test_a_mask_is_a_file_on_the_images_grid(server: Any, expected: dict[str, SampleSet], tmp_path: Path, show: str) -> None:
    set_id, wanted = made(server, "nested-oblique"), expected["nested-oblique"]
    (tmp_path / "mask.nii.gz").write_bytes(server.ask(f"/ssb/sample_sets/{set_id}/mask.nii.gz?show={show.replace(' ', '%20')}")[1])
    masks = {
        "consensus": wanted.consensus,
        "sample 2": wanted.masks[1],
        "interpretation 1": wanted.masks[interpret(wanted)[0].representative],
    }
    found = read_volume(tmp_path / "mask.nii.gz")
    np.testing.assert_array_equal(found.array, wanted.on_grid(masks[show]))
    np.testing.assert_allclose(found.affine, wanted.affine, atol=1e-4)


def test_a_mask_that_is_not_there_is_one_sentence(server: Any) -> None:
    status, answer = server.ask(f"/ssb/sample_sets/{made(server, 'axial')}/mask.nii.gz?show=sample%209")
    assert status == 422
    assert answer["detail"].startswith("The option show is 'sample 9', but it must be one of")


def test_progress_is_told_under_the_clients_word(server: Any) -> None:
    assert server.ask("/ssb/progress/nobody") == (200, {"running": False, "done": 0.0})
    assert server.ask("/ssb/sample_sets", {**ORDER, "image": "axial", "progress": "mine"})[0] == 200
    assert server.ask("/ssb/progress/mine")[1]["running"] is False
    status, answer = server.ask("/ssb/sample_sets", {**ORDER, "image": "axial", "progress": ""})
    assert (status, answer["detail"]) == (422, "The word for the progress has 0 characters, but it must have 1 to 64.")
