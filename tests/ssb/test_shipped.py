"""Finding the shipped checkpoint."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from ssb.errors import CheckpointError
from ssb.shipped import DIGESTS, MODEL_FOLDER, check_shipped, shipped_checkpoint, shipped_checkpoints
from ssb.versions import Versions


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


def test_every_shipped_checkpoint_is_the_one_that_was_published() -> None:
    stated = {line.split()[1] for line in (MODEL_FOLDER / DIGESTS).read_text().splitlines()}
    assert stated == {path.name for path in shipped_checkpoints()}
    for path in shipped_checkpoints():
        check_shipped(path)


def test_a_changed_checkpoint_is_not_used(tmp_path: Path) -> None:
    shipped = shipped_checkpoint()
    changed = bytearray(shipped.read_bytes())
    changed[-1] ^= 1
    (tmp_path / shipped.name).write_bytes(changed)
    shutil.copy(MODEL_FOLDER / DIGESTS, tmp_path)
    versions = Versions(tmp_path)
    sentence = f"^The checkpoint {shipped.name} is not the file that came with the program: its SHA-256 is [0-9a-f]{{64}}, SHA256SUMS says "
    assert re.match(sentence, versions.list()[0].damage)
    with pytest.raises(CheckpointError, match=sentence):
        versions.current()


def test_a_checkpoint_that_no_digest_is_stated_of_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a-1.safetensors").touch()
    check_shipped(tmp_path / "a-1.safetensors")
    (tmp_path / DIGESTS).write_text("0" * 64 + "  a-2.safetensors\n")
    check_shipped(tmp_path / "a-1.safetensors")
