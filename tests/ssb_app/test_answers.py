"""Files of answers where the samples disagree about whether there is a lesion."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from ssb.errors import InputError
from ssb.outputs.seg_nrrd_reader import read_seg_nrrd
from ssb.plausible import Box, Request, SampleSet
from ssb_app.answers import _folder as FOLDER  # noqa: N812 (the fixture puts another in its place)
from ssb_app.answers import write_answer
from ssb_app.options import Wanted
from ssb_app.sampler import KeptSet


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeptSet:
    """Three empty samples and two of one voxel; answers go to the test's folder."""
    folder = TemporaryDirectory(dir=tmp_path)
    monkeypatch.setattr("ssb_app.answers._folder", lambda: folder)
    masks = np.zeros((5, 2, 2, 2), bool)
    masks[3:, 1, 1, 1] = True
    found = SampleSet(masks, Box((3, 4, 5), (5, 6, 7)), (8, 9, 10), np.diag([1.0, 1, 2, 1]), Request((4, 5, 6), 5, 1, 0.0, 0), "tiny-1")
    return KeptSet("id", "image", found)


def test_two_first_answers_at_once_share_a_folder(kept: KeptSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssb_app.answers._folder", FOLDER)
    FOLDER.cache_clear()
    making, make = threading.Event(), TemporaryDirectory.__init__

    def slow(self: TemporaryDirectory[str], *arguments: Any, **more: Any) -> None:
        make(self, *arguments, **more)
        making.wait(0.2)

    monkeypatch.setattr(TemporaryDirectory, "__init__", slow)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda show: write_answer(kept, Wanted(show, ".nrrd", True))[0], ("consensus", "sample 1")))
    assert len({path.parent for path in answers}) == 1
    assert all(path.is_file() for path in answers)


def test_the_first_interpretation_may_be_no_lesion(kept: KeptSet) -> None:
    path, names = write_answer(kept, Wanted("interpretation 1", ".nrrd", True))
    assert names == {}
    assert not _voxels(path).any()


def test_a_label_has_its_place_among_those_that_the_file_holds_as_value(kept: KeptSet) -> None:
    path, names = write_answer(kept, Wanted("interpretation 2", ".nrrd", True))
    assert names == {"interpretation 2": 1}
    assert np.argwhere(_voxels(path) == 1).tolist() == [[4, 5, 6]]


def test_labels_keep_their_order_where_one_is_missing(kept: KeptSet) -> None:
    kept.sample_set.masks[:, 1, 1, 1] = True
    kept.sample_set.masks[:2, 0, 0, 0] = True
    path, names = write_answer(kept, Wanted("levels", ".nrrd", True))
    assert names == {"possible": 1, "unanimous": 2}
    assert np.argwhere(_voxels(path)).tolist() == [[3, 4, 5], [4, 5, 6]]
    assert _voxels(path)[4, 5, 6] == 2
    path, names = write_answer(kept, Wanted("levels", ".nrrd", True, by_task=True))
    assert names == {"possible": 1, "unanimous": 3}
    assert _voxels(path)[4, 5, 6] == 3


def test_by_the_tasks_table_the_second_interpretation_has_its_own_value(kept: KeptSet) -> None:
    path, names = write_answer(kept, Wanted("interpretation 2", ".nrrd", True, by_task=True))
    assert names == {"interpretation 2": 5}
    assert np.argwhere(_voxels(path) == 5).tolist() == [[4, 5, 6]]


def test_only_labels_that_the_file_holds_are_named(kept: KeptSet) -> None:
    path, names = write_answer(kept, Wanted("levels", ".nii.gz", True))
    assert names == {"possible": 1}
    assert _voxels(path).sum() == 1


def test_a_seg_nrrd_has_a_segment_for_each_label(kept: KeptSet) -> None:
    path, names = write_answer(kept, Wanted("sample 4", ".seg.nrrd", True))
    (segment,) = read_seg_nrrd(path, kept.sample_set.affine, kept.sample_set.shape)
    assert (segment.name, names) == ("sample 4", {"sample 4": 6})
    assert np.argwhere(segment.on_grid(kept.sample_set.shape)).tolist() == [[4, 5, 6]]


def test_an_empty_seg_nrrd_still_has_its_segment(kept: KeptSet) -> None:
    path, names = write_answer(kept, Wanted("consensus", ".seg.nrrd", True))
    (segment,) = read_seg_nrrd(path, kept.sample_set.affine, kept.sample_set.shape)
    assert (segment.name, segment.mask.any(), names) == ("consensus", False, {})


def test_an_interpretation_that_does_not_exist_is_named_and_leaves_no_file(kept: KeptSet, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^The option show is 'interpretation 3', but it must be one of"):
        write_answer(kept, Wanted("interpretation 3", ".nrrd", True))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def _voxels(path: Path) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path))).transpose(2, 1, 0)
