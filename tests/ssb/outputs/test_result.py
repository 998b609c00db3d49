import json

import numpy as np
import pytest

from ssb.errors import InputError
from ssb.outputs.result import FILES, write_result
from ssb.outputs.seg_nrrd_reader import read_seg_nrrd
from ssb.volumes import read_volume

RADII = (6.0, 6.0, 4.0, 0.0)


@pytest.fixture
def affine(oblique_affine):
    """One grid is enough here: the views are tested on every grid."""
    return oblique_affine


def test_the_files_hold_the_set_on_the_images_own_grid(volume, make_set, affine, tmp_path):
    sample_set = make_set(RADII, affine)
    paths = write_result(volume, sample_set, tmp_path / "new" / "out")
    assert [path.name for path in paths] == list(FILES)
    assert sorted(path.name for path in (tmp_path / "new" / "out").iterdir()) == sorted(FILES)
    disagreement = read_volume(paths[1])
    assert np.allclose(disagreement.affine, affine, atol=1e-4)
    assert disagreement.array.dtype == np.float32
    assert np.array_equal(disagreement.array, sample_set.on_grid(sample_set.disagreement))
    consensus = read_volume(paths[0])
    assert np.array_equal(consensus.array > 0, sample_set.on_grid(sample_set.consensus))
    segments = read_seg_nrrd(paths[2], affine, volume.shape)
    assert np.array_equal(segments[-2].on_grid(volume.shape), sample_set.on_grid(sample_set.masks[2]))
    assert json.loads(paths[3].read_text(encoding="utf-8"))["samples"] == 4
    assert paths[4].read_bytes().startswith(b"\x89PNG")
    assert "4 masks that experts might draw" in paths[5].read_text(encoding="utf-8")


def test_an_existing_folder_keeps_its_other_files(volume, make_set, affine, tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    (tmp_path / "summary.json").write_text("old")
    write_result(volume, make_set(RADII, affine), tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "keep"
    assert "measurements" in (tmp_path / "summary.json").read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*FILES, "mine.txt"])


def test_same_set_same_bytes_but_for_the_time_in_the_report(volume, make_set, affine, tmp_path):
    sample_set = make_set(RADII, affine)
    first, second = (write_result(volume, sample_set, tmp_path / name) for name in ("a", "b"))
    assert [path.read_bytes() for path in first[:-1]] == [path.read_bytes() for path in second[:-1]]


def test_a_file_in_place_of_the_folder_is_refused(volume, make_set, affine, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="is a file, but it must be a folder or not exist yet"):
        write_result(volume, make_set(RADII, affine), tmp_path / "out")
    with pytest.raises(InputError, match="cannot be written to"):
        write_result(volume, make_set(RADII, affine), tmp_path / "out" / "below")
    assert (tmp_path / "out").read_text() == "a file"
