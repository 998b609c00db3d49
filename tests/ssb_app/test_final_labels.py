"""Annotations as MONAI Label's datastore shows them."""

from __future__ import annotations

import json
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from fastapi import HTTPException

from ssb.annotations.annotation import Origin
from ssb.errors import InputError
from ssb.volumes import read_volume, write_nifti
from ssb_app.store import Studies, open_studies

AFFINE = np.diag([0.7, 0.7, 2.0, 1.0])
ARRAY = np.arange(5 * 6 * 7, dtype=np.int16).reshape(5, 6, 7)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studies:
    """The images A and b, without file watchers."""
    monkeypatch.setattr("monailabel.config.settings.MONAI_LABEL_DATASTORE_AUTO_RELOAD", False)
    for name in ("A", "b"):
        write_nifti(tmp_path / f"{name}.nii.gz", ARRAY, AFFINE)
    return open_studies(tmp_path)


def submit(store: Studies, rater: str, above: int, image: str = "A") -> None:
    store.annotations.submit(image, rater, above < ARRAY, AFFINE, Origin("OHIF"))


def shown(store: Studies, tag: str) -> int:
    """How many voxels the label of image A marks under a tag."""
    return int(read_volume(store.get_label_uri("A", tag)).array.sum())


def test_final_is_the_newest_annotation_of_anyone(store: Studies, tmp_path: Path) -> None:
    for rater, above in (("anna", 100), ("bert", 150), ("anna", 200)):
        submit(store, rater, above)
        store.show_final("A")
        assert shown(store, "final") == 209 - above
    assert store.get_label_uri("A", "final") == str(tmp_path / "labels" / "final" / "A.nii.gz")
    assert [shown(store, tag) for tag in ("rater-anna", "rater-bert")] == [9, 59]
    assert store.get_label_info("A", "rater-bert")["origin"]["client"] == "OHIF"
    info = store.get_label_info("A", "final")
    assert (info["rater"], info["version"], info["name"]) == ("anna", 2, "A.nii.gz")
    assert store.get_label_uri("A", "rater-carla") == ""
    assert (store.get_labeled_images(), store.get_unlabeled_images()) == (["A"], ["b"])
    assert store.status() == {"total": 2, "completed": 1, "label_tags": {"final": 1}}
    assert [Path(pair["label"]).name for pair in store.datalist()] == ["A.nii.gz"]
    with zipfile.ZipFile(store.get_dataset_archive(None)) as archive:
        assert {"image/A.nii.gz", "label/A.nii.gz"} <= set(archive.namelist())


def test_an_empty_annotation_is_final_too(store: Studies) -> None:
    submit(store, "anna", 1000)
    store.show_final("A")
    assert store.get_labeled_images() == ["A"]
    assert Path(store.get_label_uri("A", "final")).is_file()


def test_what_was_kept_before_a_kill_is_shown_after_the_start(store: Studies, tmp_path: Path) -> None:
    submit(store, "anna", 100)
    assert store.get_labeled_images() == []
    (tmp_path / "labels" / "final" / ".writing-killed").mkdir()
    again = open_studies(tmp_path)
    assert again.get_labeled_images() == ["A"]
    assert shown(again, "final") == 109
    submit(again, "bert", 150)
    assert open_studies(tmp_path).get_label_info("A", "final")["rater"] == "bert"


def test_a_damaged_record_does_not_keep_the_server_from_starting(store: Studies, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    submit(store, "anna", 100)
    submit(store, "anna", 100, image="b")
    store.annotations.path(store.annotations.latest("A", "anna")).with_name("record.json").write_text("{")
    assert open_studies(tmp_path).get_labeled_images() == ["b"]
    assert "The final label of image A is not brought up to date: The record of version 1 of rater 'anna'" in caplog.text


def test_labels_from_before_stay_readable_until_somebody_submits(store: Studies, tmp_path: Path) -> None:
    write_nifti(tmp_path / "labels" / "final" / "A.nii.gz", ARRAY > 180, AFFINE)
    again = open_studies(tmp_path)
    assert shown(again, "final") == 29
    submit(again, "anna", 100)
    again.show_final("A")
    assert shown(again, "final") == 109


def test_what_another_server_kept_is_final_here_too(store: Studies, tmp_path: Path) -> None:
    other = open_studies(tmp_path)
    submit(other, "anna", 100)
    other.show_final("A")
    assert shown(store, "final") == 109
    assert store.get_labeled_images() == ["A"]


def test_names_that_no_annotation_can_have_have_no_label(store: Studies) -> None:
    assert store.get_label_uri("A", f"rater-{'x' * 300}") == store.get_label_uri("A" * 300, "final") == ""


def test_no_request_deletes_an_annotation(store: Studies) -> None:
    submit(store, "anna", 100)
    store.show_final("A")
    for tag in ("final", "rater-anna"):
        with pytest.raises(
            HTTPException, match=r"^403: The annotations of image 'A' are kept for ever: submit a better one, or an empty one\.$"
        ):
            store.remove_label("A", tag)
    store.add_image("new", str(store.get_image_uri("A")), {})
    submit(store, "anna", 100, image="new")
    with pytest.raises(HTTPException, match=r"^403: The image 'new' has annotations, which are kept for ever, so it stays too\.$"):
        store.remove_image("new")
    assert shown(store, "final") == shown(store, "rater-anna") == 109


def test_only_people_submit_as_raters(store: Studies, tmp_path: Path) -> None:
    file = str(write_nifti(tmp_path / ".mask.nii.gz", ARRAY > 9, AFFINE))
    for tag in ("final", "rater-anna"):
        with pytest.raises(InputError, match=f"^The tag '{tag}' is for what people submit"):
            store.save_label("A", file, tag, {})
    with pytest.raises(InputError, match=r"^The tag '\.\./\.\./evil' cannot be used"):
        store.save_label("A", file, "../../evil", {})
    store.save_label("A", file, "original", {})
    assert shown(store, "original") == 200
    store.remove_label("A", "original")
    assert store.get_label_uri("A", "original") == ""


def test_the_datastores_own_file_is_replaced_as_a_whole(store: Studies, tmp_path: Path) -> None:
    config = tmp_path / ".ssb" / "datastore_v2.json"
    before = config.stat().st_ino
    store.update_image_info("A", {"seen": "yes"})
    assert json.loads(config.read_text())["objects"]["A"]["image"]["info"]["seen"] == "yes"
    assert config.stat().st_ino != before


def test_images_come_and_go_while_others_look_through_the_folder(store: Studies) -> None:
    for number in range(50):
        store.add_image(f"n{number}", store.get_image_uri("A"), {})
    stay, stop = set(store.list_images()), threading.Event()

    def look() -> None:
        while not stop.is_set():
            store.refresh()

    with ThreadPoolExecutor(2) as pool:
        looking = [pool.submit(look) for _ in range(2)]
        for _ in range(20):
            store.add_image("new", store.get_image_uri("A"), {})
            store.remove_image("new")
            assert set(store.list_images()) == stay
        stop.set()
    assert [one.result() for one in looking] == [None] * 2


def test_what_is_gone_from_the_folder_is_gone_from_the_list(store: Studies) -> None:
    store.add_image("new", store.get_image_uri("A"), {})
    submit(store, "anna", 0)
    store.show_final("A")
    Path(store.get_image_uri("new")).unlink()
    (Path(store._datastore.label_path("final")) / "A.nii.gz").unlink()
    store.refresh()
    assert "new" not in store.list_images() and "final" not in store.get_labels_by_image_id("A")
