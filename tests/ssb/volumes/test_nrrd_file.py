"""Headers that lie. What files say in good faith is tested with their reader."""

from __future__ import annotations

import bz2
import gzip
import resource
import time
from pathlib import Path

import numpy as np
import pytest

from ssb.errors import InputError
from ssb.limits import TooLargeError
from ssb.volumes.nrrd_file import LARGEST_HEADER, read_nrrd_file, read_nrrd_header

VOXELS = np.arange(24, dtype="<i2")


def written(folder: Path, content: bytes, sizes: str = "2 3 4", encoding: str = "raw", *lines: str) -> Path:
    head = ["NRRD0004", "type: int16", "dimension: 3", f"sizes: {sizes}", "endian: little", f"encoding: {encoding}", *lines]
    path = folder / "a.nrrd"
    path.write_bytes("\n".join(head).encode() + b"\n\n" + content)
    return path


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("raw", VOXELS.tobytes()),
        ("gzip", gzip.compress(VOXELS.tobytes())),
        ("bz2", bz2.compress(VOXELS.tobytes())),
        ("text", b" ".join(str(v).encode() for v in VOXELS)),
    ],
)
def test_every_encoding_is_read(tmp_path: Path, encoding: str, content: bytes) -> None:
    array, header = read_nrrd_file(written(tmp_path, content, "2 3 4", encoding))
    np.testing.assert_array_equal(array.ravel(order="F"), VOXELS)
    assert header["encoding"] == encoding


@pytest.mark.parametrize("skip", ["byte skip: 5", "byteskip: 5", "line skip: 1", "byte skip: -1"])
def test_skips_are_followed(tmp_path: Path, skip: str) -> None:
    array, _ = read_nrrd_file(written(tmp_path, b"abc\n\n"[: 4 if "line" in skip else 5] + VOXELS.tobytes(), "2 3 4", "raw", skip))
    np.testing.assert_array_equal(array.ravel(order="F"), VOXELS)


@pytest.mark.parametrize("skip", ["line skip: 2000000000", "byte skip: -2", "line skip: -1", "byte skip: 99999999999999999999"])
def test_absurd_skips_are_refused_at_once(tmp_path: Path, skip: str) -> None:
    started = time.monotonic()
    with pytest.raises(InputError, match=r"The file a.nrrd is broken"):
        read_nrrd_file(written(tmp_path, VOXELS.tobytes(), "2 3 4", "raw", skip))
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("bzip2", bz2.compress)])
def test_a_bomb_is_not_unpacked_beyond_its_voxels(tmp_path: Path, encoding: str, pack: object) -> None:
    bomb = pack(bytes(300 << 20))  # type: ignore[operator]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    array, _ = read_nrrd_file(written(tmp_path, bomb, "2 3 4", encoding))
    assert array.shape == (2, 3, 4)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 << 10


@pytest.mark.parametrize("sizes", ["4294967296 4294967296 4", "3000 3000 3000", "-2 3 4", "99999999999999999999 1 1", "2 3"])
@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2"])
def test_sizes_that_cannot_be_are_refused(tmp_path: Path, sizes: str, encoding: str) -> None:
    with pytest.raises((InputError, TooLargeError)):
        read_nrrd_file(written(tmp_path, VOXELS.tobytes(), sizes, encoding))


def test_a_header_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.nrrd"
    path.write_bytes(b"NRRD0004\n" + b"# a comment\n" * (LARGEST_HEADER // 10))
    with pytest.raises(InputError, match=f"its header has more than {LARGEST_HEADER} bytes"):
        read_nrrd_header(path)


@pytest.mark.parametrize("name", ["/etc/passwd", "../a.raw", "a\0b", "LIST", "a%03d.raw 1 3 1"])
def test_voxels_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"a\.nrrd"):
        read_nrrd_file(written(tmp_path, b"", "2 3 4", "raw", f"data file: {name}"))
