"""The checkpoint that comes with the repository."""

from __future__ import annotations

import re
from pathlib import Path

from ssb.errors import CheckpointError

MODEL_FOLDER = Path(__file__).resolve().parents[2] / "model"


def shipped_checkpoint(preset: str = "lung_nodule_ct", folder: Path = MODEL_FOLDER) -> Path:
    """The file <preset>-<version>.safetensors of the highest version in `folder`; a CheckpointError where there is none."""
    versions = {}
    for path in folder.glob(f"{preset}-*.safetensors"):
        found = re.fullmatch(re.escape(preset) + r"-(\d+)\.safetensors", path.name)
        if found:
            versions[int(found[1])] = path
    if not versions:
        raise CheckpointError(f"There is no checkpoint {preset}-<version>.safetensors in the folder {folder.name}: give the path of one.")
    return versions[max(versions)]
