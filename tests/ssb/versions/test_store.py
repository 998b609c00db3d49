"""The versions in a model folder: listed, chosen, and what happens where one is gone or damaged."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from ssb.checkpoint import load_model
from ssb.errors import CheckpointError, InputError, NotFoundError, StorageError
from ssb.shipped import shipped_checkpoint
from ssb.versions import Versions
from tests.model_folders import FACTS, PASSED, REFUSED, changed_copy, make_model_folder


@pytest.fixture
def versions(tmp_path: Path, checkpoint: Path) -> Versions:
    """lung_nodule_ct-1 shipped; tiny-site-1 passed; tiny-site-2 refused."""
    found = Versions(make_model_folder(tmp_path / "models", checkpoint))
    tuned = changed_copy(checkpoint, tmp_path / "tuned.safetensors")
    found.add(tuned, PASSED, FACTS)
    found.add(tuned, REFUSED, FACTS)
    return found


def test_versions_are_listed_whole(versions: Versions) -> None:
    assert [(one.name, one.shipped, one.published, one.damage) for one in versions.list()] == [
        ("lung_nodule_ct-1", True, True, ""),
        ("tiny-site-1", False, True, ""),
        ("tiny-site-2", False, False, ""),
    ]
    shown = versions.show("tiny-site-2")
    assert (shown.reason, shown.facts, shown.report) == (REFUSED.reason, FACTS, REFUSED.report)
    assert len(shown.sha256) == 64
    assert shown.time.endswith("+00:00")
    assert shown == versions.list()[2]


def test_a_versions_checkpoint_says_its_own_name(versions: Versions) -> None:
    assert load_model(versions.show("tiny-site-1").checkpoint).name == "tiny-site-1"


def test_adding_chooses_nothing_and_use_goes_there_and_back(versions: Versions) -> None:
    shipped = versions.folder / "lung_nodule_ct-1.safetensors"
    assert versions.current() == shipped
    assert versions.identity() is None
    versions.use("tiny-site-1")
    first = versions.identity()
    assert versions.current() == versions.folder / "versions" / "tiny-site-1" / "checkpoint.safetensors"
    versions.use("lung_nodule_ct-1")
    assert versions.current() == shipped
    versions.use("tiny-site-1")
    assert len({first, versions.identity(), None}) == 3


def test_a_refused_version_needs_force(versions: Versions) -> None:
    with pytest.raises(
        InputError,
        match=r"^The version tiny-site-2 was refused by the gate, so using it needs --force \(over HTTP force=true\): Worse on 4",
    ):
        versions.use("tiny-site-2")
    assert versions.identity() is None
    versions.use("tiny-site-2", force=True)
    assert versions.in_use().version.name == "tiny-site-2"


def test_an_unknown_name_lists_what_there_is(versions: Versions) -> None:
    for name in ("tiny-site-9", "../models/tiny-site-1", "versions", ""):
        with pytest.raises(NotFoundError) as caught:
            versions.use(name)
        assert str(caught.value) == (f"There is no model version '{name}': choose one of lung_nodule_ct-1, tiny-site-1, tiny-site-2.")


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        ("checkpoint gone", "The version tiny-site-1 is damaged: its checkpoint.safetensors cannot be read."),
        ("checkpoint cut", "The version tiny-site-1 is damaged: its checkpoint.safetensors is not the file that was added."),
        ("report cut", "The version tiny-site-1 is damaged: its report.json cannot be read."),
        ("report of another", "The version tiny-site-1 is damaged: its report.json cannot be read."),
        ("facts no object", "The version tiny-site-1 is damaged: its report.json cannot be read."),
        ("folder gone", "There is no model version 'tiny-site-1': choose one of lung_nodule_ct-1, tiny-site-2."),
        ("pointer cut", "The file current.json of the model folder is damaged: it names no version."),
    ],
)
def test_what_is_damaged_is_said_and_the_shipped_one_is_used(
    versions: Versions, caplog: pytest.LogCaptureFixture, harm: str, sentence: str
) -> None:
    versions.use("tiny-site-1")
    folder = versions.folder / "versions" / "tiny-site-1"
    checkpoint, report = folder / "checkpoint.safetensors", folder / "report.json"
    record = json.loads(report.read_text())
    if harm == "checkpoint gone":
        checkpoint.unlink()
    elif harm == "checkpoint cut":
        checkpoint.write_bytes(checkpoint.read_bytes()[:-1])
    elif harm == "report cut":
        report.write_text(report.read_text()[:40])
    elif harm == "report of another":
        report.write_text(json.dumps({**record, "name": "tiny-site-2"}))
    elif harm == "facts no object":
        report.write_text(json.dumps({**record, "facts": None}))
    elif harm == "folder gone":
        folder.rename(versions.folder / "elsewhere")
    else:
        (versions.folder / "current.json").write_text("{")
    assert versions.in_use().problem == sentence
    with caplog.at_level(logging.WARNING):
        assert versions.current() == versions.folder / "lung_nodule_ct-1.safetensors"
    assert caplog.messages == [f"{sentence} The shipped version lung_nodule_ct-1 is used instead."]
    names = [one.name for one in versions.list()]
    assert names[0] == "lung_nodule_ct-1"
    assert names[-1] == "tiny-site-2"
    if "checkpoint" in harm or "report" in harm or "facts" in harm:
        assert versions.show("tiny-site-1").damage == sentence
        with pytest.raises(CheckpointError, match="damaged"):
            versions.use("tiny-site-1", force=True)


def test_a_folder_without_shipped_checkpoints_goes_with_those_of_the_repository(tmp_path: Path) -> None:
    versions = Versions(tmp_path)
    assert versions.current() == shipped_checkpoint()
    name = shipped_checkpoint().stem
    versions.use(name)
    assert Versions(tmp_path).in_use().version.name == name
    assert sorted(path.name for path in tmp_path.iterdir()) == ["current.json"]


def test_a_folder_that_cannot_be_written_is_read_and_refuses_with_a_sentence(versions: Versions, monkeypatch: pytest.MonkeyPatch) -> None:
    # A folder in the place of the file, since root may write to read-only folders.
    (versions.folder / "current.json").mkdir()
    (versions.folder / "current.json" / "file").touch()
    assert len(versions.list()) == 3
    with pytest.raises(StorageError, match=r"^The model folder '.*models' cannot be written \(.*\): name another with --models\.$"):
        versions.use("tiny-site-1")
    assert not list(versions.folder.glob(".writing-*"))
