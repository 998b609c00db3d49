"""What is on the disk after the soak: every acknowledged annotation, every file whole, the audit log unbroken."""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from benchmarks.soak_client import DAMAGED, made
from ssb.annotations.annotation import Annotation
from ssb.annotations.store import AnnotationStore
from ssb.audit import AuditReading, audit_folder
from ssb.errors import SSBError

UNFINISHED = (".incoming", ".writing-", ".fetching-")
"""Folders in which a killed process leaves what it had not finished; nothing reads them."""


@dataclass(frozen=True)
class Found:
    """found: acknowledged annotations that are there, bit for bit. lost, changed: those that are not. served: those that the server
    lists after its last start. kept: all versions there, also of submissions whose answer the kill cut off.

    files: looked at, damaged_files: not whole, by name. left_behind: unfinished folders of killed processes, which nothing reads.
    audit_entries, audit_problems: of the log's chain. audit_half_lines: notes of it. acknowledged_in_audit: acknowledged ones
    with a line.
    """

    found: int
    lost: int
    changed: int
    served: int
    kept: int
    files: int
    damaged_files: list[str]
    left_behind: int
    audit_entries: int
    audit_problems: list[str]
    audit_notes: int
    acknowledged_in_audit: int


def check_all(work: Path, annotations: Path, acknowledged: dict[int, Annotation], listed: dict[str, Any]) -> Found:
    """Look at all of it; `listed` is what the server answers at GET /ssb/annotations."""
    store = AnnotationStore(annotations)
    states = Counter(_state(store, seed, one) for seed, one in acknowledged.items())
    kept = sum(len(store.versions(image, rater)) for image in store.images() for rater in store.raters(image))
    served = {
        (image, rater, version["version"])
        for image, entry in listed.items()
        for rater, versions in entry["raters"].items()
        for version in versions["versions"]
    }
    files = [file for folder in (annotations.parent, work / "models") for file in _files(folder)]
    damaged = [str(file.relative_to(work)) for file in files if not _is_whole(file)]
    reading = AuditReading(audit_folder(annotations))
    recorded = Counter((line.image, line.who, line.detail.get("version")) for line in reading.lines() if line.outcome == 200)
    return Found(
        found=states["found"],
        lost=states["lost"],
        changed=states["changed"],
        served=sum((one.image, one.rater, one.version) in served for one in acknowledged.values()),
        kept=kept,
        files=len(files),
        damaged_files=damaged,
        left_behind=sum(1 for path in work.rglob("*") if path.is_dir() and path.name.startswith(UNFINISHED[1:])),
        audit_entries=reading.count,
        audit_problems=reading.problems,
        audit_notes=len(reading.notes),
        acknowledged_in_audit=sum((one.image, one.rater, one.version) in recorded for one in acknowledged.values()),
    )


def _state(store: AnnotationStore, seed: int, one: Annotation) -> str:
    try:
        if one not in store.versions(one.image, one.rater):
            return "lost"
        return "found" if np.array_equal(store.read(one).array, made(seed)) else "changed"
    except SSBError:
        return "changed"


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith(UNFINISHED) for part in path.relative_to(folder).parts):
            yield path


def _is_whole(file: Path) -> bool:
    for ending, check in _CHECKS.items():
        if file.name.endswith(ending):
            try:
                check(file)
            except (ValueError, OSError, EOFError, zlib.error, SafetensorError):
                return DAMAGED in file.parts
    return True


def _open_tensors(file: Path) -> None:
    with safe_open(file, "np") as tensors:
        for name in tensors.keys():  # noqa: SIM118 (it is no dict)
            tensors.get_tensor(name)


_CHECKS: dict[str, Callable[[Path], object]] = {
    ".json": lambda file: json.loads(file.read_text(encoding="utf-8")),
    ".nii.gz": lambda file: gzip.decompress(file.read_bytes()),
    ".safetensors": _open_tensors,
}
