"""What a backup holds: a tar file of units, each a folder that is kept whole and never changes, and a manifest as its first entry.

manifest.json                                          {"format": 2, "time": ..., "files": {name: {"bytes": n, "sha256": hex}}}
annotations/<image>/<rater>/000001/{mask.nii.gz,record.json}
models/versions/<name>/{checkpoint.safetensors,report.json}
models/current.json                                    which version was in use; absent where none was chosen
audit/<chain>/2026-11-26.jsonl                         the audit log, as far as its whole lines went; formats before 2 lack it
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ssb.annotations.incoming import RECORD, folder_of, version_numbers
from ssb.annotations.names import text_of
from ssb.annotations.store import MASK
from ssb.audit.log import audit_folder, files_of
from ssb.versions.pointer import POINTER
from ssb.versions.store import VERSIONS
from ssb.versions.version import CHECKPOINT, REPORT, site_number

FORMAT = 2
READABLE = (1, 2)
"""Formats that a restore reads."""
MANIFEST = "manifest.json"
ANNOTATIONS, MODELS, AUDIT = "annotations", "models", "audit"
CHOICE = f"{MODELS}/{POINTER}"
_CHAIN = r"[0-9a-f]{12}"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}\.jsonl"


def units_of(annotations: Path | None, models: Path | None) -> Iterator[tuple[str, Path]]:
    """Name in the backup and folder of every unit that is on the disk now, sorted within each kind."""
    if annotations is not None and annotations.is_dir():
        for image in _kept(annotations):
            for rater in _kept(image):
                for name in map(folder_of, version_numbers(rater)):
                    yield f"{ANNOTATIONS}/{image.name}/{rater.name}/{name}", rater / name
    if models is not None and (models / VERSIONS).is_dir():
        for version in sorted((models / VERSIONS).iterdir()):
            if site_number(version.name):
                yield f"{MODELS}/{VERSIONS}/{version.name}", version


def audit_files(annotations: Path | None) -> Iterator[tuple[str, Path]]:
    """Name in the backup and path of every file of the audit log beside the annotations, sorted. Unlike units, the newest one grows."""
    folder = None if annotations is None else audit_folder(annotations)
    if folder is not None and folder.is_dir():
        for chain in sorted(entry for entry in folder.iterdir() if entry.is_dir() and re.fullmatch(_CHAIN, entry.name)):
            for file in files_of(chain):
                yield f"{AUDIT}/{chain.name}/{file.name}", file


def is_ours(name: str) -> bool:
    """Whether a backup may hold a file of this name: exactly the places above, which lead nowhere else."""
    parts = PurePosixPath(name).parts
    if name == CHOICE:
        return True
    if "/".join(parts) != name:
        return False
    if len(parts) == 5 and parts[0] == ANNOTATIONS:
        named = all(text_of(part) is not None for part in parts[1:3])
        return named and re.fullmatch(r"[0-9]{6,12}", parts[3]) is not None and parts[4] in (MASK, RECORD)
    if len(parts) == 3 and parts[0] == AUDIT:
        return re.fullmatch(_CHAIN, parts[1]) is not None and re.fullmatch(_DAY, parts[2]) is not None
    return len(parts) == 4 and parts[:2] == (MODELS, VERSIONS) and bool(site_number(parts[2])) and parts[3] in (CHECKPOINT, REPORT)


def _kept(folder: Path) -> list[Path]:
    """The folders of images or raters in `folder`, sorted: neither what is being written nor what is not ours."""
    return sorted(entry for entry in folder.iterdir() if entry.is_dir() and text_of(entry.name) is not None)
