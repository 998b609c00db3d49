"""Finding the shipped checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssb.errors import CheckpointError
from ssb.shipped import shipped_checkpoint, shipped_checkpoints


def test_highest_version_wins(tmp_path: Path) -> None:
    for name in ("a-1", "a-9", "a-10", "a-2.part", "ab-99", "a-x"):
        (tmp_path / f"{name}.safetensors").touch()
    assert shipped_checkpoint("a", tmp_path).name == "a-10.safetensors"


def test_no_checkpoint_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"^There is no checkpoint a-<version>\.safetensors in the folder "):
        shipped_checkpoint("a", tmp_path)


def test_all_are_listed_by_preset_and_version(tmp_path: Path) -> None:
    for name in ("b-2", "a-10", "a-9", "a-x", "a"):
        (tmp_path / f"{name}.safetensors").touch()
    assert [path.stem for path in shipped_checkpoints(tmp_path)] == ["a-9", "a-10", "b-2"]
