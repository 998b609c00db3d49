"""DICOM series of a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from ssb.errors import InputError
from ssb.volumes import Volume, read_volume, write_dicom_series
from ssb.volumes.dicom_index import open_index
from ssb_app.series import copy_of, find_series, forget_others, index, index_of

ARRAY = np.arange(5 * 6 * 7, dtype=np.int16).reshape(5, 6, 7)
VOLUME = Volume(ARRAY, np.diag([0.7, 0.7, 2.0, 1.0]))


def test_series_are_found_by_their_uid(tmp_path: Path) -> None:
    first = write_dicom_series(VOLUME, tmp_path / "a", seed_uid="a")
    second = write_dicom_series(VOLUME, tmp_path / "b", seed_uid="b")
    (first / "notes.txt").write_text("no dicom")
    found = find_series([first, second])
    assert [(one.folder, len(one.files)) for one in found] == [(first, 7), (second, 7)]
    assert found[0].uid == pydicom.dcmread(first / "000001.dcm").SeriesInstanceUID


def test_a_copied_series_counts_once(tmp_path: Path) -> None:
    folders = [write_dicom_series(VOLUME, tmp_path / name, seed_uid="same") for name in ("a", "b")]
    assert [one.folder for one in find_series(folders)] == [folders[0]]


def test_the_index_and_the_copy_have_the_same_voxels_in_the_same_order(tmp_path: Path) -> None:
    (series,) = find_series([write_dicom_series(VOLUME, tmp_path / "a", seed_uid="a")])
    images = tmp_path / "own" / "images"
    images.mkdir(parents=True)
    assert index(series, images)
    assert not index(series, images)
    found = index_of(images, series.uid)
    assert found is not None
    wanted = read_volume(tmp_path / "a").array
    np.testing.assert_array_equal(open_index(found).array, wanted)
    copy = copy_of(found)
    written = copy.stat().st_mtime_ns
    np.testing.assert_array_equal(read_volume(copy).array, wanted)
    assert copy_of(found).stat().st_mtime_ns == written
    for name in ("other", "1" * 300, f"../{images.name}/{series.uid}"):
        assert index_of(images, name) is None


def test_a_series_that_cannot_be_read_leaves_no_index_and_no_copy(tmp_path: Path) -> None:
    folder = write_dicom_series(VOLUME, tmp_path / "a", seed_uid="a")
    (series,) = find_series([folder])
    images = tmp_path / "own" / "images"
    images.mkdir(parents=True)
    index(series, images)
    copy_of(images / f"{series.uid}.series.json")
    (folder / "000003.dcm").unlink()
    (changed,) = find_series([folder])
    with pytest.raises(InputError):
        index(changed, images)
    assert list(images.iterdir()) == []


def test_a_series_that_is_gone_leaves_nothing(tmp_path: Path) -> None:
    (series,) = find_series([write_dicom_series(VOLUME, tmp_path / "a", seed_uid="a")])
    images = tmp_path / "own" / "images"
    images.mkdir(parents=True)
    index(series, images)
    copy_of(images / f"{series.uid}.series.json")
    forget_others([], images)
    assert list(images.iterdir()) == []


@pytest.mark.parametrize("uid", ["../../../evil", "/tmp/evil", "1..2", "1.2.", "1" * 65, "a"])
def test_a_series_whose_uid_is_none_is_written_nowhere(tmp_path: Path, uid: str) -> None:
    folder = write_dicom_series(VOLUME, tmp_path / "a", seed_uid="a")
    for file in folder.iterdir():
        dataset = pydicom.dcmread(file)
        dataset.SeriesInstanceUID = uid
        dataset.save_as(file)
    images = tmp_path / "own" / "images"
    images.mkdir(parents=True)
    before = set(tmp_path.rglob("*"))
    for series in find_series([folder]):
        with pytest.raises(InputError, match=r"The SeriesInstanceUID .* is none: a UID has digits and dots only\."):
            index(series, images)
    assert set(tmp_path.rglob("*")) == before
