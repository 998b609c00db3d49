"""The checkpoints that come with the repository."""

from __future__ import annotations

import re
from pathlib import Path

from ssb.errors import CheckpointError
from ssb.identity import sha256_of

DIGESTS = "SHA256SUMS"
"""Beside the checkpoints: a line of sha256sum for each that came with the repository."""

MODEL_FOLDER = Path(__file__).resolve().parents[2] / "model"


def shipped_checkpoint(preset: str = "lung_nodule_ct", folder: Path = MODEL_FOLDER) -> Path:
    """The file <preset>-<version>.safetensors of the highest version in `folder`; a CheckpointError where there is none."""
    found = [path for path in shipped_checkpoints(folder) if _parts(path)[0] == preset]
    if not found:
        raise CheckpointError(f"There is no checkpoint {preset}-<version>.safetensors in the folder {folder.name}: give the path of one.")
    return found[-1]


def shipped_checkpoints(folder: Path = MODEL_FOLDER) -> list[Path]:
    """All files <preset>-<version>.safetensors in `folder`, by preset and then by growing version."""
    return sorted((path for path in folder.glob("*.safetensors") if _parts(path)[1] >= 0), key=_parts)


def check_shipped(path: Path) -> None:
    """A CheckpointError where SHA256SUMS beside `path` names the file, and its bytes are others than those that were published."""
    digests = path.with_name(DIGESTS)
    if not digests.is_file():
        return
    published = {name: digest for digest, name in (line.split() for line in digests.read_text(encoding="utf-8").splitlines())}
    found = sha256_of(path)
    if published.get(path.name, found) != found:
        raise CheckpointError(
            f"The checkpoint {path.name} is not the file that came with the program: "
            f"its SHA-256 is {found}, {DIGESTS} says {published[path.name]}."
        )


def _parts(path: Path) -> tuple[str, int]:
    """Preset and version; -1 where the name has no version."""
    found = re.fullmatch(r"(.+)-(\d+)\.safetensors", path.name)
    return (found[1], int(found[2])) if found else (path.name, -1)
