"""Archives of images, unpacked within limits and never out of their folder."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from ssb.errors import InputError
from ssb.limits import TooLargeError, check_unpacked, limits

_PIECE = 1 << 20


def unpack_zip(file: Path, folder: Path, endings: Sequence[str], name: str) -> list[Path]:
    """The files of a zip archive in `folder`, numbered in the archive's order; returns their paths.

    Each keeps its ending where that is one of `endings` and else has none, so that no name and no folder in the archive leads anywhere; an
    archive in it stays packed. name: how the messages call it. Raises InputError for no or a broken zip, one with a password or with links
    in it; TooLargeError beyond the limits of `ssb.limits`, whatever sizes the archive tells.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > limits().archive_entries:
                raise TooLargeError(f"The archive {name} has {len(entries)} files: at most {limits().archive_entries} are taken.")
            return _unpacked(archive, entries, file.stat().st_size, folder, endings, name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, zlib.error, OSError) as error:
        raise InputError(f"The archive {name} cannot be unpacked: it must be a whole zip file without a password.") from error


def _unpacked(
    archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], packed: int, folder: Path, endings: Sequence[str], name: str
) -> list[Path]:
    found, unpacked = [], 0
    for number, entry in enumerate(entries):
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
            raise InputError(f"The archive {name} holds a link or a device: only files are taken.")
        ending = next((one for one in endings if entry.filename.lower().endswith(one)), "")
        target = folder / f"{number:06d}{ending}"
        with archive.open(entry) as source, target.open("wb") as out:
            while piece := source.read(_PIECE):
                unpacked += len(piece)
                check_unpacked(packed, unpacked, name)
                out.write(piece)
        found.append(target)
    return found
