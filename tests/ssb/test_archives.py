from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from ssb import archives, limits
from ssb.archives import unpack_zip
from ssb.errors import InputError
from ssb.limits import Limits, TooLargeError

ENDINGS = (".nii.gz", ".dcm")


def zipped(folder: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return folder / "a.zip"


def unpacked(file: Path) -> list[Path]:
    target = file.parent / "out"
    target.mkdir()
    return unpack_zip(file, target, ENDINGS, "a.zip")


def test_files_keep_their_order_ending_and_content_and_no_name(tmp_path: Path) -> None:
    found = unpacked(zipped(tmp_path, {"../../evil.NII.GZ": b"one", "/etc/x/": b"", "/etc/passwd": b"two", "b\\..\\c.dcm": b"three"}))
    assert [path.name for path in found] == ["000000.nii.gz", "000001", "000002.dcm"]
    assert [path.read_bytes() for path in found] == [b"one", b"two", b"three"]
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        "a.zip", "out", "out/000000.nii.gz", "out/000001", "out/000002.dcm",
    ]  # fmt: skip


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match="holds a link or a device"):
        unpacked(tmp_path / "a.zip")


def test_a_bomb_ends_early(tmp_path: Path) -> None:
    with pytest.raises(TooLargeError, match="more than 200 times its size"):
        unpacked(zipped(tmp_path, {"a.dcm": bytes(limits.SMALL + (2 << 20))}))
    assert (tmp_path / "out" / "000000.dcm").stat().st_size <= limits.SMALL + archives._PIECE


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "limits", lambda: Limits(archive_entries=2))
    with pytest.raises(TooLargeError, match=r"has 3 files: at most 2 are taken"):
        unpacked(zipped(tmp_path, dict.fromkeys("abc", b"")))


@pytest.mark.parametrize("broken", ["no zip", "cut", "crc", "password"])
def test_a_broken_archive_is_named(tmp_path: Path, broken: str) -> None:
    file = zipped(tmp_path, {"a.dcm": b"content of a file"})
    content = bytearray(file.read_bytes())
    if broken == "crc":
        content[40] ^= 255
    elif broken == "password":
        content[6] |= 1
        content[content.index(b"PK\1\2") + 8] |= 1
    file.write_bytes({"no zip": b"no zip", "cut": bytes(content[:60])}.get(broken, bytes(content)))
    with pytest.raises(InputError, match=r"The archive a.zip cannot be unpacked: it must be a whole zip file without a password\."):
        unpacked(file)


def test_an_archive_in_it_stays_packed(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x", b"y")
    assert [path.read_bytes()[:2] for path in unpacked(zipped(tmp_path, {"inner.zip": inner.getvalue()}))] == [b"PK"]
