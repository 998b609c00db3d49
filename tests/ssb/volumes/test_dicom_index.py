"""An index gives the series back without reading a header, and notices what changed since."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ssb.errors import InputError
from ssb.volumes import Volume, read_volume
from ssb.volumes.dicom_index import open_index, write_index


def test_an_indexed_series_is_the_series(series: Path, tmp_path: Path) -> None:
    wanted = read_volume(series)
    found = open_index(write_index(tmp_path / "one.series.json", series))
    assert (found.name, found.series_uid, found.shape) == (wanted.name, wanted.series_uid, wanted.shape)
    np.testing.assert_array_equal(found.affine, wanted.affine)
    np.testing.assert_array_equal(found.array, wanted.array)
    assert found.array.dtype == np.int16


def test_a_series_with_a_gap_is_not_indexed(series: Path, tmp_path: Path) -> None:
    (series / "000003.dcm").unlink()
    with pytest.raises(InputError, match="missing slice"):
        write_index(tmp_path / "one.series.json", series)
    assert not (tmp_path / "one.series.json").exists()


def test_a_slice_that_changed_is_not_taken_for_the_indexed_one(series: Path, tmp_path: Path, axial: Volume) -> None:
    found = open_index(write_index(tmp_path / "one.series.json", series))
    (series / "000002.dcm").write_bytes((series / "000003.dcm").read_bytes())
    (series / "000004.dcm").unlink()
    np.testing.assert_array_equal(found[:, :, 4:5], axial.array[:, :, 4:5])
    for k in (1, 3):
        with pytest.raises(InputError, match=f"The file 00000{k + 1}.dcm has changed since"):
            found[:, :, k : k + 1]


@pytest.mark.parametrize("change", [{"format": 9}, {"slices": [{"path": "../other.dcm"}]}, {"affine": None}])
def test_a_broken_index_is_one_sentence(series: Path, tmp_path: Path, change: dict[str, object]) -> None:
    path = write_index(tmp_path / "one.series.json", series)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(InputError, match=r"The index one\.series\.json of a DICOM series is broken"):
        open_index(path)
