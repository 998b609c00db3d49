"""The annotation store: versions, raters, several processes, damage."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from ssb.annotations.annotation import UNKNOWN, Origin
from ssb.annotations.incoming import STALE_SECONDS
from ssb.annotations.listing import list_all
from ssb.annotations.store import AnnotationStore
from ssb.errors import InputError, NotFoundError, SSBError
from ssb.volumes.nifti import read_nifti

AFFINE = np.array([[0.7, 0, 0, -21.5], [0, 0.6, -0.75, 13.25], [0, 0.45, 1, -301], [0, 0, 0, 1]])
ORIGIN = Origin("3D Slicer", "0123456789abcdef", "tiny-1")


def made(seed: int) -> np.ndarray:
    """A random mask, (6, 7, 5) bool."""
    return np.random.default_rng(seed).random((6, 7, 5)) < 0.3


@pytest.fixture
def store(tmp_path: Path) -> AnnotationStore:
    return AnnotationStore(tmp_path / "studies" / "annotations")


def test_an_empty_store_knows_nobody_and_makes_nothing(store: AnnotationStore) -> None:
    assert (store.images(), store.raters("a"), store.versions("a", "anna")) == ([], [], [])
    assert store.latest("a", "anna") is None and store.newest("a") is None
    assert not store.root.exists()


def test_every_version_of_every_rater_is_kept(store: AnnotationStore) -> None:
    before = datetime.now().astimezone()
    found = [store.submit("ct", rater, made(seed), AFFINE, ORIGIN) for seed, rater in enumerate(["anna", "bert", "anna", "anna"])]
    assert [(one.rater, one.version) for one in found] == [("anna", 1), ("bert", 1), ("anna", 2), ("anna", 3)]
    assert store.images() == ["ct"] and store.raters("ct") == ["anna", "bert"]
    assert store.versions("ct", "anna") == [found[0], found[2], found[3]]
    assert store.latest("ct", "anna") == store.newest("ct") == found[3]
    assert found[3].origin == ORIGIN
    for seed, one in enumerate(found):
        volume = store.read(one)
        assert volume.array.dtype == bool
        np.testing.assert_array_equal(volume.array, made(seed))
        np.testing.assert_allclose(volume.affine, AFFINE, atol=1e-5)
        assert one.voxels == made(seed).sum()
        moment = datetime.fromisoformat(one.time)
        assert moment.utcoffset() == timedelta(0) and before <= moment <= datetime.now().astimezone()
        assert read_nifti(store.path(one)).array.dtype == np.uint8


def test_an_empty_annotation_is_present(store: AnnotationStore) -> None:
    store.submit("ct", "anna", np.zeros((6, 7, 5), bool), AFFINE, Origin())
    assert store.latest("ct", "anna").voxels == 0
    assert not store.read(store.latest("ct", "anna")).array.any()
    assert store.latest("ct", "bert") is None


def test_the_same_mask_again_is_one_more_version(store: AnnotationStore) -> None:
    first, second = (store.submit("ct", "anna", made(0), AFFINE, Origin()) for _ in range(2))
    assert (first.version, second.version) == (1, 2) and first.sha256 == second.sha256


def test_raters_whose_names_are_alike_stay_apart(store: AnnotationStore) -> None:
    raters = ["Müller", unicodedata.normalize("NFD", "Müller"), "müller", UNKNOWN, "Unknown", "../../evil", ".."]
    for seed, rater in enumerate(raters):
        store.submit("a/../b", rater, made(seed), AFFINE, Origin())
    assert store.raters("a/../b") == sorted(raters)
    for seed, rater in enumerate(raters):
        (only,) = store.versions("a/../b", rater)
        np.testing.assert_array_equal(store.read(only).array, made(seed))
    assert [path.name for path in store.root.parent.iterdir()] == ["annotations"]


def test_a_new_store_on_the_folder_finds_the_same(store: AnnotationStore) -> None:
    submitted = store.submit("ct", "anna", made(0), AFFINE, ORIGIN)
    again = AnnotationStore(store.root)
    assert again.versions("ct", "anna") == [submitted]
    assert list_all(again) == {"images": {"ct": {"raters": {"anna": {"latest": 1, "versions": [submitted.as_json()]}}}}}


def submit_many(root: Path, start: int) -> None:
    for seed in range(start, start + 8):
        AnnotationStore(root).submit("ct", "anna", made(seed), AFFINE, Origin(sample_set=str(seed)))


def test_processes_that_submit_at_once_lose_nothing(store: AnnotationStore) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=submit_many, args=(store.root, 100 * number)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    versions = store.versions("ct", "anna")
    assert [process.exitcode for process in processes] == [0] * 4
    assert [one.version for one in versions] == list(range(1, 33))
    assert sorted(int(one.origin.sample_set) for one in versions) == [100 * number + n for number in range(4) for n in range(8)]
    for one in versions:
        np.testing.assert_array_equal(store.read(one).array, made(int(one.origin.sample_set)))
    assert list((store.root / ".incoming").iterdir()) == []


def test_a_changed_mask_is_refused(store: AnnotationStore) -> None:
    submitted = store.submit("ct", "anna", made(0), AFFINE, Origin())
    path = store.path(submitted)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(SSBError, match=r"^The file of version 1 of rater 'anna' on image 'ct' is not what was submitted: its SHA-256 is"):
        store.read(submitted)
    path.unlink()
    with pytest.raises(NotFoundError, match=r"^There is no file of version 1 of rater 'anna' on image 'ct'\.$"):
        store.read(submitted)


def test_a_damaged_record_gets_a_sentence(store: AnnotationStore) -> None:
    submitted = store.submit("ct", "anna", made(0), AFFINE, Origin())
    record = store.path(submitted).with_name("record.json")
    text = record.read_text()
    record.write_text(text[:40])
    with pytest.raises(SSBError, match=r"^The record of version 1 of rater 'anna' on image 'ct' is damaged: it cannot be read\.$"):
        store.latest("ct", "anna")
    record.write_text(text.replace("anna", "bert"))
    with pytest.raises(SSBError, match=r"is damaged: it names version 1 of rater 'bert' on image 'ct'\.$"):
        store.latest("ct", "anna")


def test_what_a_killed_process_left_is_ignored_and_swept_when_old(store: AnnotationStore) -> None:
    store.submit("ct", "anna", made(0), AFFINE, Origin())
    old, new = (store.root / ".incoming" / name for name in ("old", "new"))
    for folder in (old, new):
        folder.mkdir()
        (folder / "mask.nii.gz").write_bytes(b"half")
    os.utime(old, (time.time() - STALE_SECONDS - 60,) * 2)
    assert store.images() == ["ct"]
    assert store.submit("ct", "anna", made(1), AFFINE, Origin()).version == 2
    assert [path.name for path in (store.root / ".incoming").iterdir()] == ["new"]


def test_what_cannot_be_kept_gets_a_sentence(store: AnnotationStore) -> None:
    with pytest.raises(InputError, match=r"^The mask of image 'ct' is int64 with the shape \(2, 2\): it must be bool with three axes\.$"):
        store.submit("ct", "anna", np.ones((2, 2), np.int64), AFFINE, Origin())
    with pytest.raises(InputError, match=r"^The rater's name is empty"):
        store.submit("ct", "", made(0), AFFINE, Origin())
    store.root.parent.mkdir()
    store.root.write_text("a file where the folder should be")
    with pytest.raises(SSBError, match=r"^The annotation of image 'ct' cannot be kept: "):
        store.submit("ct", "anna", made(0), AFFINE, Origin())


@pytest.mark.parametrize("name", ["../../../../etc/passwd", "/etc/passwd", "other.nii.gz", None, 3])
def test_a_record_that_names_another_file_is_damaged(store: AnnotationStore, name: object) -> None:
    submitted = store.submit("ct", "anna", made(0), AFFINE, Origin())
    record = store.path(submitted).with_name("record.json")
    record.write_text(json.dumps({**json.loads(record.read_text()), "file": name}))
    with pytest.raises(SSBError, match=r"is damaged: its mask must be the file mask\.nii\.gz\.$"):
        store.versions("ct", "anna")


@pytest.mark.parametrize("text", ["[]", "3", '{"origin": "x"}', '{"origin": null}', "[" * 100_000, "\xff"])
def test_a_record_of_another_form_is_damaged(store: AnnotationStore, text: str) -> None:
    submitted = store.submit("ct", "anna", made(0), AFFINE, Origin())
    store.path(submitted).with_name("record.json").write_text(text, encoding="latin-1")
    with pytest.raises(SSBError, match="is damaged: it cannot be read"):
        store.versions("ct", "anna")
