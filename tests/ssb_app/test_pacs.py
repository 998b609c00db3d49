"""A real Orthanc as the source of images: stock clients submit through the server, viewers by storing segmentations."""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from highdicom.seg import SegmentationTypeValues
from monailabel.client import MONAILabelClient

from ssb.annotations.annotation import Origin
from ssb.annotations.as_dicom import seg_uid
from ssb.annotations.store import AnnotationStore
from ssb.volumes import Volume, read_volume, write_dicom_series, write_nifti
from ssb_app.pacs import annotations_folder, open_pacs
from ssb_app.pacs_client import Pacs, PacsError
from ssb_app.pacs_exports import Exports
from ssb_app.server_process import free_port, running_server
from ssb_app.submissions import Submissions
from tests.orthanc_server import needs_orthanc, running_orthanc
from tests.seg_made import binary_seg, headers, labelmap_seg

pytestmark = needs_orthanc

SHAPE = (20, 16, 6)
NAMES = ("one", "two", "three")


def made(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(SHAPE) < 0.05


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pacs")


@pytest.fixture(scope="module", autouse=True)
def home(folder: Path) -> Iterator[None]:
    """Caches and annotations go to the test's folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        patch.setenv("MONAI_LABEL_DICOMWEB_CACHE_PATH", str(folder / "cache"))
        patch.setattr("ssb_app.pacs.settings.MONAI_LABEL_DICOMWEB_CACHE_PATH", str(folder / "cache-of-the-tests"))
        yield


@pytest.fixture(scope="module")
def images(folder: Path) -> dict[str, Path]:
    """Series by name: the folder of their slices."""
    grid = np.array([[0.7, 0, 0, -21.5], [0, 0.7, 0, 13.25], [0, 0, 2.5, -301], [0, 0, 0, 1]])
    array = np.random.default_rng(0).integers(-900, 100, SHAPE).astype(np.int16)
    return {name: write_dicom_series(Volume(array, grid), folder / name, seed_uid=name) for name in NAMES}


@pytest.fixture(scope="module")
def address(folder: Path, images: dict[str, Path]) -> Iterator[str]:
    with running_orthanc(folder) as address:
        pacs = Pacs(address)
        for series in images.values():
            for dataset in headers(series):
                pacs.store(dataset)
        yield address


@pytest.fixture(scope="module")
def server(folder: Path, address: str, checkpoint: Path) -> Iterator[str]:
    with running_server(address, folder / "server.log", checkpoint) as found:
        yield found


def uid_of(series: Path) -> str:
    return str(headers(series)[0].SeriesInstanceUID)


def ask(address: str, method: str = "GET") -> Any:
    with urllib.request.urlopen(urllib.request.Request(address, method=method), timeout=60) as answer:
        return json.loads(answer.read())


def wait_for(found: Callable[[], bool]) -> bool:
    end = time.monotonic() + 120
    while not (done := found()) and time.monotonic() < end:
        time.sleep(0.2)
    return done


def test_three_raters_twice_each_make_six_versions(server, address, images, tmp_path):
    image, affine = uid_of(images["one"]), read_volume(images["one"]).affine
    raters = ["anna", "Bert", None]
    for seed in range(6):
        client = MONAILabelClient(server, tmpdir=str(tmp_path), client_id=raters[seed % 3])
        answer = client.save_label(image, str(write_nifti(tmp_path / f"{seed}.nii.gz", made(seed), affine)))
        assert answer["annotation"]["version"] == 1 + seed // 3
        np.testing.assert_array_equal(read_volume(client.download_label(image, "final")).array, made(seed))
    found = ask(f"{server}/ssb/annotations/{image}")["raters"]
    assert {rater: entry["latest"] for rater, entry in found.items()} == {"anna": 2, "Bert": 2, "unknown": 2}
    store = AnnotationStore(annotations_folder(address))
    for number, rater in enumerate(["anna", "Bert", "unknown"]):
        for version, seed in zip(store.versions(image, rater), (number, number + 3), strict=True):
            np.testing.assert_array_equal(store.read(version).array, made(seed))


def test_stock_lists_work_after_it_and_count_the_annotated_image(server, images):
    image = uid_of(images["one"])
    assert {Path(pair["label"]).name for pair in ask(f"{server}/datastore/?output=train")} == {f"{image}.nii.gz"}
    status = ask(f"{server}/datastore/")
    assert (status["total"], status["completed"]) == (3, 1)


def test_the_pacs_has_a_copy_of_each_raters_newest_which_is_not_taken_for_an_export(server, address, images):
    pacs, image = Pacs(address), uid_of(images["one"])
    store = AnnotationStore(annotations_folder(address))
    newest = {seg_uid(latest) for rater in store.raters(image) if (latest := store.latest(image, rater))}
    assert wait_for(lambda: newest <= {one.uid for one in pacs.instances({"Modality": "SEG"})})
    creators = {str(pacs.object(one).ContentCreatorName).rstrip("^") for one in pacs.instances({"Modality": "SEG"}) if one.uid in newest}
    assert creators == {"anna", "Bert", "unknown"}
    assert ask(f"{server}/ssb/pacs/look", "POST") == {"taken": [], "refused": {}}


@pytest.mark.parametrize("make", [binary_seg, labelmap_seg])
def test_an_export_of_a_viewer_is_taken_once(make, server, address, images):
    sources, image = headers(images["two"]), uid_of(images["two"])
    exported = make(sources, {"nodule": made(10)}, creator=f"{make.__name__}^Anna")
    Pacs(address).store(exported)
    (record,) = ask(f"{server}/ssb/pacs/look", "POST")["taken"]
    assert (record["image"], record["rater"], record["version"]) == (image, f"{make.__name__} Anna", 1)
    assert (record["origin"]["client"], record["origin"]["source"]) == ("OHIF", exported.SOPInstanceUID)
    store = AnnotationStore(annotations_folder(address))
    np.testing.assert_array_equal(store.read(store.latest(image, record["rater"])).array, made(10))
    assert ask(f"{server}/ssb/pacs/look", "POST")["taken"] == []
    final = MONAILabelClient(server, tmpdir=os.fspath(images["two"].parent)).download_label(image, "final")
    np.testing.assert_array_equal(read_volume(final).array, made(10))


def test_the_annotated_series_is_scored_and_offered_with_the_study_that_ohif_opens(server, images):
    image = uid_of(images["one"])
    assert wait_for(lambda: image in ask(f"{server}/ssb/scores")["images"])
    offer = MONAILabelClient(server, client_id="dora").next_sample("most_disagreement", {})
    assert offer["id"] in {uid_of(images[name]) for name in NAMES}
    assert offer["disagreement"] is not None
    assert offer["SeriesInstanceUID"] == offer["id"]
    studies = {uid_of(series): headers(series)[0].StudyInstanceUID for series in images.values()}
    assert offer["StudyInstanceUID"] == studies[offer["id"]]


def test_exports_without_a_name_are_versions_of_unknown_and_refused_ones_are_told_once(address, images, tmp_path):
    studies = open_pacs(address, tmp_path / "annotations")
    submissions = Submissions(studies.annotations, lambda image: read_volume(studies.get_image_uri(image)), studies.show_final)
    Exports(studies.pacs, submissions).look()
    sources, image = headers(images["three"]), uid_of(images["three"])
    exported = [labelmap_seg(sources, {"nodule": made(seed)}) for seed in (20, 21)]
    fractional = binary_seg(sources, {"nodule": made(22)}, kind=SegmentationTypeValues.FRACTIONAL)
    broken = labelmap_seg(sources, {"nodule": made(23)})
    del broken.preamble
    for dataset in (broken, *exported, fractional):
        studies.pacs.store(dataset)
    exports = Exports(studies.pacs, submissions)
    found = exports.look()
    assert {one.origin.source for one in found.taken} == {str(dataset.SOPInstanceUID) for dataset in exported}
    assert len(studies.annotations.versions(image, "unknown")) == 2
    assert "is FRACTIONAL" in found.refused[fractional.SOPInstanceUID]
    assert "is broken" in found.refused[broken.SOPInstanceUID]
    assert not exports.look().refused
    assert Exports(studies.pacs, submissions).look().taken == []


def test_a_sample_set_is_stored_once_and_is_no_raters_annotation(server, address, images):
    image = uid_of(images["three"])
    asked = {"image": image, "point": [10, 8, 3], "samples": 2, "nfe": 1}
    body = urllib.request.Request(f"{server}/ssb/sample_sets", json.dumps(asked).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(body, timeout=60) as answer:
        made = json.loads(answer.read())
    before = Pacs(address).instances({"SeriesInstanceUID": image})
    first, second = (ask(f"{server}/ssb/sample_sets/{made['id']}/dicom", "POST") for _ in range(2))
    assert [entry["stored"] for entry in first.values()] == [True, True]
    assert [entry["stored"] for entry in second.values()] == [False, False]
    for kind, modality in (("segmentation", "SEG"), ("disagreement", "OT")):
        (at,) = Pacs(address).instances({"SOPInstanceUID": first[kind]["uid"]})
        assert (at.study, Pacs(address).object(at).Modality) == (before[0].study, modality)
    found = ask(f"{server}/ssb/pacs/look", "POST")
    assert first["segmentation"]["uid"] not in {one["origin"]["source"] for one in found["taken"]} | found["refused"].keys()


def test_an_image_that_is_not_there_has_no_file(address, tmp_path):
    studies = open_pacs(address, tmp_path / "annotations")
    for image in ("1.2.3", "../../evil", "*", ""):
        assert studies.get_image_uri(image) == ""


def test_labelled_images_are_those_with_an_annotation(address, images, tmp_path):
    studies = open_pacs(address, tmp_path / "annotations")
    every, two = {uid_of(images[name]) for name in NAMES}, uid_of(images["two"])
    assert set(studies.get_unlabeled_images()) == every
    studies.annotations.submit(two, "anna", np.zeros(SHAPE, dtype=bool), np.eye(4), Origin())
    assert studies.get_labeled_images() == [two]
    assert set(studies.get_unlabeled_images()) == every - {two}


def test_final_is_readable_after_the_cache_was_emptied(address, images, tmp_path, monkeypatch):
    monkeypatch.setattr("ssb_app.pacs.settings.MONAI_LABEL_DICOMWEB_CACHE_PATH", str(tmp_path / "cache"))
    image, affine = uid_of(images["two"]), read_volume(images["two"]).affine
    studies = open_pacs(f"{address}/", tmp_path / "annotations")
    studies.annotations.submit(image, "anna", made(30), affine, Origin())
    np.testing.assert_array_equal(read_volume(studies.get_label_uri(image, "final")).array, made(30))
    assert studies.get_label_uri("1.2.3", "final") == ""
    assert annotations_folder(address) == annotations_folder(f"{address}/")


def test_a_pacs_that_does_not_answer_is_one_sentence(tmp_path):
    with pytest.raises(PacsError, match=r"The PACS at http://127\.0\.0\.1:\d+/dicom-web does not answer"):
        open_pacs(f"http://127.0.0.1:{free_port()}/dicom-web", tmp_path)
