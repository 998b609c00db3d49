"""One version of the model with its record, read from its place and checked."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ssb.checkpoint import load_tensors
from ssb.errors import CheckpointError
from ssb.identity import sha256_of
from ssb.shipped import check_shipped

CHECKPOINT = "checkpoint.safetensors"
REPORT = "report.json"
FORMAT = 1
"""Of report.json."""


@dataclass(frozen=True)
class Version:
    """A model that can be used.

    checkpoint: its file. shipped: it came with the program, and no gate judged it here. published: shipped, or passed by the gate.
    reason: the gate's sentence. time: when it was added, UTC, ISO 8601; "" for a shipped one. sha256: of the file when it was added;
    "" for a shipped one. facts: what it was trained on and how, such as raters (names) and images (ids or their number). report: the
    gate's. damage: one sentence where the version cannot be used, else "".
    """

    name: str
    checkpoint: Path
    shipped: bool
    published: bool
    reason: str
    time: str = ""
    sha256: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
    damage: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain JSON types; the checkpoint by its file's name alone, since a server's paths concern no client."""
        return {**asdict(self), "checkpoint": self.checkpoint.name}


def shipped_version(path: Path) -> Version:
    """The version of a file <preset>-<number>.safetensors."""
    try:
        load_tensors(path)
        check_shipped(path)
        damage = ""
    except CheckpointError as error:
        damage = str(error)
    return Version(path.stem, path, shipped=True, published=not damage, reason="Came with the program.", damage=damage)


def site_version(folder: Path) -> Version:
    """The version in a folder that `write_record` completed; whatever is wrong with it becomes its `damage`."""
    name, path = folder.name, folder / CHECKPOINT
    try:
        record = json.loads((folder / REPORT).read_text(encoding="utf-8"))
        if record.pop("format") != FORMAT or record["name"] != name:
            raise ValueError("of another format or another version")
        found = Version(checkpoint=path, shipped=False, **record)
        if not (isinstance(found.facts, dict) and isinstance(found.report, dict)):
            raise ValueError("facts or report are no objects")
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        damage = f"The version {name} is damaged: its {REPORT} cannot be read."
        return Version(name, path, shipped=False, published=False, reason="", damage=damage)
    return Version(**{**vars(found), "damage": _damage(found)})


def write_record(folder: Path, version: Version) -> Path:
    """report.json of a version whose checkpoint lies in `folder` already; returns its path."""
    kept = ("name", "published", "reason", "time", "sha256", "facts", "report")
    record = {"format": FORMAT, **{key: value for key, value in vars(version).items() if key in kept}}
    path = folder / REPORT
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    return path


def site_number(name: str, preset: str = r"[\w-]+") -> int:
    """The number n of the name <preset>-site-<n> of a site's version, of any preset or of a given one; 0 for any other name."""
    found = re.fullmatch(rf"{preset}-site-([1-9][0-9]*)", name)
    return int(found[1]) if found else 0


def _damage(version: Version) -> str:
    try:
        whole = sha256_of(version.checkpoint) == version.sha256
    except OSError:
        return f"The version {version.name} is damaged: its {CHECKPOINT} cannot be read."
    return "" if whole else f"The version {version.name} is damaged: its {CHECKPOINT} is not the file that was added."
