"""Versions are whole or not there, whoever adds at the same time and whoever is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest
import torch

from ssb.checkpoint import load_model, load_tensors, save_tensors
from ssb.errors import CheckpointError
from ssb.versions import Versions
from ssb.versions import adding as module
from tests.model_folders import FACTS, PASSED, make_model_folder

EACH = 6
KILLS = 12


def add_some(folder: Path, checkpoint: Path, start: float) -> None:
    """Add `EACH` versions, from a common moment on."""
    torch.set_num_threads(1)  # OpenMP's threads do not outlive a fork
    time.sleep(max(0.0, start - time.time()))
    for _ in range(EACH):
        Versions(folder).add(checkpoint, PASSED, {"by": os.getpid()})


def add_for_ever(folder: Path, checkpoint: Path, pipe: int) -> None:
    """Add versions, and write each one's name to the pipe once it is kept."""
    torch.set_num_threads(1)
    while True:
        os.write(pipe, f"{Versions(folder).add(checkpoint, PASSED, FACTS).name}\n".encode())


def test_two_processes_that_add_at_once_get_a_name_each(tmp_path: Path, checkpoint: Path) -> None:
    folder = make_model_folder(tmp_path / "models", checkpoint)
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=add_some, args=(folder, checkpoint, time.time() + 0.5)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    found = [version for version in Versions(folder).list() if not version.shipped]
    assert [version.name for version in found] == [f"tiny-site-{n}" for n in range(1, 2 * EACH + 1)]
    assert [version.damage for version in found] == [""] * 2 * EACH
    assert [load_model(version.checkpoint).name for version in found] == [version.name for version in found]
    assert sorted(version.facts["by"] for version in found).count(processes[0].pid) == EACH


def test_kill_nine_at_random_moments_leaves_nothing_half(tmp_path: Path, checkpoint: Path) -> None:
    folder = make_model_folder(tmp_path / "models", checkpoint)
    started = time.perf_counter()
    Versions(folder).add(checkpoint, PASSED, FACTS)
    longest = 4 * (time.perf_counter() - started)
    acknowledged = {"tiny-site-1"}
    context = multiprocessing.get_context("fork")
    for life in range(KILLS):
        receiving, sending = os.pipe()
        process = context.Process(target=add_for_ever, args=(folder, checkpoint, sending))
        process.start()
        os.close(sending)
        time.sleep(longest * (life + 1) / KILLS)
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        with os.fdopen(receiving) as pipe:
            acknowledged |= set(pipe.read().split())
    found = [version for version in Versions(folder).list() if not version.shipped]
    assert acknowledged <= {version.name for version in found}
    assert len(acknowledged) > 2
    assert [version.damage for version in found] == [""] * len(found)
    assert [version.name for version in found] == [f"tiny-site-{n}" for n in range(1, len(found) + 1)]


def test_an_end_between_write_and_rename_leaves_nothing(tmp_path: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = Versions(make_model_folder(tmp_path / "models", checkpoint))

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, "move_to_free", interrupted)
        versions.add(checkpoint, PASSED, FACTS)
    assert [version.name for version in versions.list()] == ["lung_nodule_ct-1"]
    assert not list((versions.folder / "versions" / ".incoming").iterdir())
    assert versions.add(checkpoint, PASSED, FACTS).name == "tiny-site-1"


def test_what_is_no_model_is_not_added(tmp_path: Path, checkpoint: Path) -> None:
    versions = Versions(make_model_folder(tmp_path / "models", checkpoint))
    broken, stray = tmp_path / "broken.safetensors", tmp_path / "stray.safetensors"
    broken.write_bytes(checkpoint.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match=r"^The checkpoint broken\.safetensors is truncated or not a safetensors file\.$"):
        versions.add(broken, PASSED, FACTS)
    tensors, header = load_tensors(checkpoint)
    save_tensors(stray, tensors, {**header, "preset": {**header["preset"], "name": "../tiny"}})
    with pytest.raises(CheckpointError, match=r"has the preset '\.\./tiny', which cannot be part of a version's name\.$"):
        versions.add(stray, PASSED, FACTS)
    with pytest.raises(ValueError, match="JSON"):
        versions.add(checkpoint, PASSED, {"loss": float("nan")})
    assert [version.name for version in versions.list()] == ["lung_nodule_ct-1"]
