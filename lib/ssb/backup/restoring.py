"""A backup comes back: checked as a whole first, then unit by unit, and nothing that is there is overwritten."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssb.annotations.durable import make_folder, sync
from ssb.annotations.incoming import incoming
from ssb.backup.audit_restoring import missing_logs, put_log_back
from ssb.backup.layout import ANNOTATIONS, AUDIT, CHOICE, MANIFEST, MODELS, READABLE, is_ours
from ssb.errors import InputError, NotFoundError, SSBError
from ssb.identity import sha256_of
from ssb.versions.pointer import read_pointer, write_pointer

CHUNK = 2**20
LARGEST_MANIFEST = 256 * 2**20

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Restored:
    """How many versions of annotations and models were put back, and how many were there already. use: the model version that is in use
    now by the backup's choice, "" where the folder had made a choice of its own or the backup holds none. audit: files of the audit log
    that were put back."""

    annotations: int
    models: int
    there: int
    use: str
    audit: int = 0


def restore(file: Path, annotations: Path, models: Path, on_progress: Progress | None = None) -> Restored:
    """Put back what `back_up` wrote; running servers on these folders see it at once.

    The whole file is read and every checksum compared before anything is written. A version that is there with the same content is left
    as it is; one with another content is refused, also before anything is written, since neither may be lost. Each version appears whole.
    An interrupted restore is finished by the same call. on_progress: called with versions done and versions in all.
    Raises NotFoundError without the file, InputError for one that is no whole backup or conflicts with what is there, SSBError where the
    folders cannot be written.
    """
    if not file.is_file():
        raise NotFoundError(f"There is no backup '{file}'.")
    roots = {ANNOTATIONS: annotations, MODELS: models}
    try:
        with tarfile.open(file, "r:") as tar:
            facts = _checked(tar, file.name)
            logs = sorted(name for name in facts if name.startswith(f"{AUDIT}/"))
            lost = missing_logs(logs, lambda name: _content(tar, tar.getmember(name)).read(), annotations)
            units = sorted({name.rpartition("/")[0] for name in facts if name != CHOICE and name not in logs})
            there = [unit for unit in units if _is_there(unit, roots, facts)]
            missing = sorted(set(units) - set(there))
            for done, unit in enumerate(missing, start=1):
                _put_back(tar, unit, [name for name in facts if name.rpartition("/")[0] == unit], roots)
                (on_progress or (lambda done, of: None))(done, len(missing))
            for name in lost:
                put_log_back(name, _content(tar, tar.getmember(name)).read(), annotations)
            use = _choose(tar, facts, models)
    except tarfile.TarError as error:
        raise InputError(f"The backup {file.name} is damaged or no backup: {error}.") from error
    except OSError as error:
        raise SSBError(f"The backup {file.name} cannot be restored: {error.filename or ''} {error.strerror or error}.") from error
    count = sum(unit.startswith(f"{ANNOTATIONS}/") for unit in missing)
    return Restored(count, len(missing) - count, len(there), use, len(lost))


def _checked(tar: tarfile.TarFile, name: str) -> dict[str, Any]:
    """The files of the manifest, after every one was found whole and nothing else."""
    members = tar.getmembers()
    if not members or members[0].name != MANIFEST or not members[0].isreg() or members[0].size > LARGEST_MANIFEST:
        raise InputError(f"The file {name} is no backup: it does not begin with a manifest.")
    try:
        manifest = json.loads(_content(tar, members[0]).read())
        facts: dict[str, Any] = manifest["files"]
        wanted = {path: (int(fact["bytes"]), str(fact["sha256"])) for path, fact in facts.items()}
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise InputError(f"The manifest of the backup {name} is damaged.") from error
    if manifest.get("format") not in READABLE:
        raise InputError(f"The backup {name} has format {manifest.get('format')}: this program reads formats 1 and 2.")
    found = {member.name: member for member in members[1:]}
    if found.keys() != wanted.keys() or len(found) != len(members) - 1:
        raise InputError(f"The backup {name} is not whole: it holds {len(members) - 1} files, its manifest names {len(wanted)}.")
    for path, member in found.items():
        if not is_ours(path) or not member.isreg():
            raise InputError(f"The backup {name} holds '{path[:200]}', which is no file of a backup.")
        if (member.size, _digest(tar, member)) != wanted[path]:
            raise InputError(f"The file '{path}' in the backup {name} is not what was backed up: its checksum differs.")
    return facts


def _is_there(unit: str, roots: dict[str, Path], facts: dict[str, Any]) -> bool:
    home = _place(unit, roots)
    if not home.exists():
        return False
    for name, fact in facts.items():
        if name.rpartition("/")[0] == unit:
            file = _place(name, roots)
            if not file.is_file() or sha256_of(file) != fact["sha256"]:
                raise InputError(f"Nothing was restored: '{home}' is there with another content than in the backup. Move one of them away.")
    return True


def _put_back(tar: tarfile.TarFile, unit: str, names: list[str], roots: dict[str, Path]) -> None:
    home = _place(unit, roots)
    make_folder(home.parent)
    with incoming(roots[ANNOTATIONS] if unit.startswith(f"{ANNOTATIONS}/") else home.parent) as folder:
        for name in names:
            file = folder / name.rpartition("/")[2]
            with file.open("wb") as target:
                source = _content(tar, tar.getmember(name))
                while chunk := source.read(CHUNK):
                    target.write(chunk)
            sync(file)
        sync(folder)
        folder.rename(home)
    sync(home.parent)


def _choose(tar: tarfile.TarFile, facts: dict[str, Any], models: Path) -> str:
    if CHOICE not in facts or read_pointer(models) is not None:
        return ""
    try:
        name = str(json.loads(_content(tar, tar.getmember(CHOICE)).read())["version"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise InputError(f"The backup's {CHOICE} is damaged: it names no version.") from error
    write_pointer(models, name)
    return name


def _place(name: str, roots: dict[str, Path]) -> Path:
    kind, _, rest = name.partition("/")
    return roots[kind] / rest


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Any:
    source = tar.extractfile(member)
    assert source is not None  # a regular file has content
    return source


def _digest(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    digest, source = hashlib.sha256(), _content(tar, member)
    while chunk := source.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
