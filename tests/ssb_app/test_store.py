"""A folder of studies as a datastore."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from fastapi import HTTPException

from ssb.annotations.annotation import Origin
from ssb.errors import InputError
from ssb.volumes import Volume, read_volume, write_dicom_series, write_nifti
from ssb.volumes.nrrd_writer import write_nrrd
from ssb_app.store import open_studies

AFFINE = np.diag([0.7, 0.7, 2.0, 1.0])
ARRAY = np.arange(5 * 6 * 7, dtype=np.int16).reshape(5, 6, 7)


@pytest.fixture(autouse=True)
def no_watching(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file watcher threads in these tests."""
    monkeypatch.setattr("monailabel.config.settings.MONAI_LABEL_DATASTORE_AUTO_RELOAD", False)


def test_files_and_series_of_all_subfolders_are_listed(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii.gz", ARRAY, AFFINE)
    (tmp_path / "Süd" / "deep").mkdir(parents=True)
    write_nrrd(tmp_path / "Süd" / "deep" / "b.nrrd", ARRAY, AFFINE)
    write_dicom_series(Volume(ARRAY, AFFINE), tmp_path / "DOE^JANE" / "CT", seed_uid="one")
    store = open_studies(tmp_path)
    uid = next(name for name in store.list_images() if name.startswith("1.2.826"))
    assert sorted(store.list_images()) == sorted(["a", "Süd-deep-b", uid])
    assert "DOE" not in str(store.json())
    found = read_volume(store.get_image_uri(uid))
    source = read_volume(tmp_path / "DOE^JANE" / "CT")
    np.testing.assert_array_equal(found.array, source.array)
    np.testing.assert_allclose(found.affine, source.affine, atol=1e-4)
    assert store.get_image_uri("a") == str(tmp_path / "a.nii.gz")


def test_the_folder_itself_may_be_one_series_and_two_series_may_share_a_folder(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_dicom_series(Volume(ARRAY, AFFINE), tmp_path / name, seed_uid=name)
        for file in (tmp_path / name).iterdir():
            file.rename(tmp_path / f"{name}-{file.name}")
    assert len(open_studies(tmp_path).list_images()) == 2


def test_only_hidden_files_and_the_labels_folder_are_added(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii.gz", ARRAY, AFFINE)
    open_studies(tmp_path)
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")} == {"a.nii.gz", "labels"}


def test_the_folders_own_images_are_neither_replaced_nor_deleted(tmp_path: Path) -> None:
    own = write_nifti(tmp_path / "a.nii.gz", ARRAY, AFFINE)
    write_dicom_series(Volume(ARRAY, AFFINE), tmp_path / "ct", seed_uid="one")
    content = own.read_bytes()
    other = write_nifti(tmp_path / ".other.nii.gz", ARRAY + 1, AFFINE)
    store = open_studies(tmp_path)
    for image in store.list_images():
        with pytest.raises(HTTPException, match="this server deletes only uploaded images"):
            store.remove_image(image)
        with pytest.raises(HTTPException, match="there is an image of this name"):
            store.add_image(image, str(other), {})
    with pytest.raises(InputError, match="characters without slashes"):
        store.add_image("../../a", str(other), {})
    assert own.read_bytes() == content
    assert len(list((tmp_path / "ct").iterdir())) == 7


def test_an_uploaded_image_can_be_deleted(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii.gz", ARRAY, AFFINE)
    other = write_nifti(tmp_path / ".other.nii.gz", ARRAY + 1, AFFINE)
    store = open_studies(tmp_path)
    assert store.add_image("new", str(other), {}) == "new"
    assert sorted(open_studies(tmp_path).list_images()) == ["a", "new"]
    store.remove_image("new")
    assert store.list_images() == ["a"]


def test_a_series_is_indexed_again_only_where_it_changed(tmp_path: Path) -> None:
    series = write_dicom_series(Volume(ARRAY, AFFINE), tmp_path / "ct", seed_uid="one")
    (name,) = open_studies(tmp_path).list_images()
    index = open_studies(tmp_path).source(name)
    written = index.stat().st_mtime_ns
    copy = Path(open_studies(tmp_path).get_image_uri(name))
    assert index.stat().st_mtime_ns == written
    assert open_studies(tmp_path).source(name) == index, "also where there is a copy"
    os.utime(series / "000001.dcm", (1, 1))
    open_studies(tmp_path)
    assert index.stat().st_mtime_ns != written
    assert not copy.exists()


def test_a_series_becomes_a_file_when_somebody_asks_for_one(tmp_path: Path) -> None:
    write_dicom_series(Volume(ARRAY, AFFINE), tmp_path / "ct", seed_uid="one")
    store = open_studies(tmp_path)
    (name,) = store.list_images()
    assert [path.name for path in (tmp_path / ".ssb" / "images").iterdir()] == [f"{name}.series.json"]
    copy = Path(store.get_image_uri(name))
    assert copy.name == f"{name}.nii.gz"
    np.testing.assert_array_equal(read_volume(copy).array, read_volume(tmp_path / "ct").array)


def test_an_index_cannot_be_uploaded(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii.gz", ARRAY, AFFINE)
    store = open_studies(tmp_path)
    with pytest.raises(HTTPException, match=r"The image evil\.series\.json cannot be added"):
        store.add_image("evil", "/tmp/evil.series.json", {})
    assert store.list_images() == ["a"]


def test_a_broken_series_is_logged_and_the_others_are_served(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_dicom_series(Volume(ARRAY, AFFINE), tmp_path / "good", seed_uid="good")
    gap = write_dicom_series(Volume(ARRAY, AFFINE), tmp_path / "gap", seed_uid="gap")
    (gap / "000003.dcm").unlink()
    (tmp_path / "rubbish").mkdir()
    (tmp_path / "rubbish" / "a.dcm").write_bytes(b"no dicom")
    assert len(open_studies(tmp_path).list_images()) == 1
    warnings = [record.getMessage() for record in caplog.records if "is not served" in record.getMessage()]
    assert len(warnings) == 2
    assert any("gap" in text for text in warnings)
    assert any("The file a.dcm is broken: it cannot be read as DICOM." in text for text in warnings)


def test_annotations_of_any_reader_are_found(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii.gz", ARRAY, AFFINE)
    (tmp_path / "labels" / "rater_a").mkdir(parents=True)
    label = write_nifti(tmp_path / "labels" / "rater_a" / "a.nii.gz", ARRAY > 9, AFFINE)
    store = open_studies(tmp_path)
    assert store.list_images() == ["a"]
    assert store.get_label_uri("a", "rater_a") == str(label)


def test_layered_annotations_keep_their_ending(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a.nii.gz", ARRAY, AFFINE)
    layered = tmp_path / "a.seg.nrrd"
    write_nrrd(tmp_path / "a.nrrd", ARRAY > 9, AFFINE).rename(layered)
    store = open_studies(tmp_path)
    assert store.list_images() == ["a"]
    store.save_label("a", str(layered), "rater_a", {})
    assert (tmp_path / "labels" / "rater_a" / "a.seg.nrrd").is_file()


def test_what_vanished_is_no_longer_listed(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_nifti(tmp_path / f"{name}.nii.gz", ARRAY, AFFINE)
    series = write_dicom_series(Volume(ARRAY, AFFINE), tmp_path / "ct", seed_uid="one")
    assert len(open_studies(tmp_path).list_images()) == 3
    (tmp_path / "b.nii.gz").unlink()
    shutil.rmtree(series)
    assert open_studies(tmp_path).list_images() == ["a"]


def test_a_folder_without_images_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        open_studies(tmp_path)
    sentence = f"The studies folder '{tmp_path}' holds no image that can be served, neither as NIfTI or NRRD file nor as DICOM series."
    assert str(caught.value) == sentence
    (tmp_path / "a.dcm").write_bytes(b"no dicom")
    with pytest.raises(InputError, match=r"served: The file a\.dcm is broken: it cannot be read as DICOM\.$"):
        open_studies(tmp_path)


def test_two_files_of_one_id_are_served_once_and_named_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a").mkdir()
    write_nifti(tmp_path / "a" / "b.nii.gz", ARRAY, AFFINE)
    write_nifti(tmp_path / "a-b.nii.gz", ARRAY, AFFINE)
    assert open_studies(tmp_path).list_images() == ["a-b"]
    assert "The file b.nii.gz is not served: another image has the id a-b.nii.gz already." in caplog.text


def test_annotations_may_be_kept_in_a_folder_of_their_own(tmp_path: Path) -> None:
    studies, kept = tmp_path / "studies", tmp_path / "kept"
    studies.mkdir()
    write_nifti(studies / "a.nii.gz", ARRAY, AFFINE)
    open_studies(studies, kept).annotations.submit("a", "anna", ARRAY > 9, AFFINE, Origin())
    assert len(list(kept.rglob("mask.nii.gz"))) == 1
    assert not (studies / ".ssb" / "annotations").exists()
    final = open_studies(studies, kept).get_label_uri("a", "final")
    np.testing.assert_array_equal(read_volume(final).array, ARRAY > 9)
