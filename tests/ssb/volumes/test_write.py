"""The ending of the name chooses the format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ssb.errors import InputError
from ssb.volumes import read_volume
from ssb.volumes.write import write_array

AFFINE = np.array([[0.7, 0, 0, -20], [0, 0.7, 0, 30], [0, 0, 2.5, 100], [0, 0, 0, 1]])
ARRAY = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "A.NRRD"])
def test_every_format_reads_back(tmp_path: Path, name: str) -> None:
    found = read_volume(write_array(tmp_path / name, ARRAY, AFFINE))
    np.testing.assert_array_equal(found.array, ARRAY)
    np.testing.assert_allclose(found.affine, AFFINE, atol=1e-5)


def test_uncompressed_nrrd_holds_the_bytes_as_they_are(tmp_path: Path) -> None:
    content = write_array(tmp_path / "a.nrrd", ARRAY, AFFINE, compress=False).read_bytes()
    assert content.endswith(ARRAY.tobytes(order="F"))


def test_another_ending_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"The file a\.mha cannot be written: its name must end in"):
        write_array(tmp_path / "a.mha", ARRAY, AFFINE)
