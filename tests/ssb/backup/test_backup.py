"""A backup brings everything back, to the byte, and nothing else."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ssb.annotations.annotation import Origin
from ssb.annotations.store import AnnotationStore
from ssb.audit import AuditLog, AuditReading, Entry, audit_folder
from ssb.backup import back_up, restore
from ssb.errors import InputError, NotFoundError
from ssb.versions import Versions
from tests.model_folders import FACTS, PASSED, changed_copy, make_model_folder

AFFINE = np.diag([0.7, 0.7, 2.0, 1.0])


def mask(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((6, 5, 4)) < 0.3


@pytest.fixture
def store(tmp_path: Path) -> AnnotationStore:
    found = AnnotationStore(tmp_path / "annotations")
    for seed, (image, rater) in enumerate([("ct", "anna"), ("ct", "anna"), ("ct", "Bert Ö"), ("../evil", "anna")]):
        found.submit(image, rater, mask(seed), AFFINE, Origin("test"))
    (found.root / ".incoming" / "half").mkdir(parents=True, exist_ok=True)
    (found.root / ".incoming" / "half" / "mask.nii.gz").write_bytes(b"half")
    return found


@pytest.fixture
def versions(tmp_path: Path, checkpoint: Path) -> Versions:
    found = Versions(make_model_folder(tmp_path / "models", checkpoint))
    made = found.add(changed_copy(checkpoint, tmp_path / "tuned.safetensors"), PASSED, FACTS)
    found.use(made.name)
    return found


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_all_of_it_comes_back_to_the_byte(store: AnnotationStore, versions: Versions, checkpoint: Path, tmp_path: Path) -> None:
    saved = back_up(tmp_path / "site.tar", store.root, versions.folder)
    assert (saved.annotations, saved.models) == (4, 1)
    other = make_model_folder(tmp_path / "other", checkpoint)
    found = restore(tmp_path / "site.tar", tmp_path / "new", other)
    assert (found.annotations, found.models, found.there, found.use) == (4, 1, 0, "tiny-site-1")
    whole = {name: content for name, content in files_in(store.root).items() if not name.startswith(".incoming")}
    assert files_in(tmp_path / "new") == whole
    assert files_in(other) == files_in(versions.folder)
    again = AnnotationStore(tmp_path / "new")
    assert again.raters("ct") == ["Bert Ö", "anna"]
    assert np.array_equal(again.read(again.versions("ct", "anna")[0]).array, mask(0))
    assert Versions(other).in_use().version.name == "tiny-site-1"


def test_what_is_there_stays_and_what_is_missing_comes_back(store: AnnotationStore, versions: Versions, tmp_path: Path) -> None:
    back_up(tmp_path / "site.tar", store.root, versions.folder)
    newer = store.submit("ct", "anna", mask(9), AFFINE, Origin("test"))
    lost = store.path(store.versions("ct", "Bert Ö")[0]).parent
    for path in lost.iterdir():
        path.unlink()
    lost.rmdir()
    found = restore(tmp_path / "site.tar", store.root, versions.folder)
    assert (found.annotations, found.models, found.there, found.use) == (1, 0, 4, "")
    assert np.array_equal(store.read(newer).array, mask(9))
    assert np.array_equal(store.read(store.versions("ct", "Bert Ö")[0]).array, mask(2))


def test_another_content_is_refused_before_anything_is_written(store: AnnotationStore, versions: Versions, tmp_path: Path) -> None:
    back_up(tmp_path / "site.tar", store.root, versions.folder)
    other = AnnotationStore(tmp_path / "other")
    kept = other.submit("ct", "anna", mask(7), AFFINE, Origin("test"))
    before = files_in(other.root)
    with pytest.raises(InputError, match=r"Nothing was restored: .* is there with another content"):
        restore(tmp_path / "site.tar", other.root, tmp_path / "models2")
    assert files_in(other.root) == before
    assert other.read(kept).array.any()


def rewritten(source: Path, change: Callable[[str, bytes], tuple[str, bytes] | None], more: list[tarfile.TarInfo] | None = None) -> Path:
    """The backup with every entry as `change` gives it, and more entries."""
    path = source.with_name("changed.tar")
    with tarfile.open(source) as old, tarfile.open(path, "w") as new:
        for member in old.getmembers():
            content = old.extractfile(member)
            assert content is not None
            found = change(member.name, content.read())
            if found is not None:
                entry = tarfile.TarInfo(found[0])
                entry.size = len(found[1])
                new.addfile(entry, io.BytesIO(found[1]))
        for entry in more or []:
            new.addfile(entry, io.BytesIO(b"x" * entry.size))
    return path


def flipped(name: str, content: bytes) -> tuple[str, bytes]:
    return name, content[:-1] + bytes([content[-1] ^ 1]) if name.endswith("mask.nii.gz") else content


def without_one(name: str, content: bytes) -> tuple[str, bytes] | None:
    return None if name.endswith("anna/000001/record.json") else (name, content)


def astray(name: str, content: bytes) -> tuple[str, bytes]:
    """A manifest and a file whose name leads out."""
    if name == "manifest.json":
        manifest = json.loads(content)
        manifest["files"]["annotations/../../../out.txt"] = manifest["files"].pop("models/current.json")
        return name, json.dumps(manifest).encode()
    return "annotations/../../../out.txt" if name == "models/current.json" else name, content


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (flipped, "is not what was backed up: its checksum differs"),
        (without_one, "is not whole: it holds"),
        (astray, "which is no file of a backup"),
        (lambda name, content: None if name == "manifest.json" else (name, content), "does not begin with a manifest"),
        (lambda name, content: (name, b'{"format": 3, "files": {}}') if name == "manifest.json" else (name, content), "has format 3"),
        (lambda name, content: (name, b"[]") if name == "manifest.json" else (name, content), r"The manifest .* is damaged"),
    ],
)
def test_a_damaged_or_forged_backup_writes_nothing(
    store: AnnotationStore, versions: Versions, tmp_path: Path, change: Callable[[str, bytes], tuple[str, bytes] | None], sentence: str
) -> None:
    back_up(tmp_path / "site.tar", store.root, versions.folder)
    with pytest.raises(InputError, match=sentence):
        restore(rewritten(tmp_path / "site.tar", change), tmp_path / "deep" / "new", tmp_path / "deep" / "models")
    assert not (tmp_path / "deep").exists()
    assert not (tmp_path / "out.txt").exists()


def test_links_and_what_the_manifest_does_not_name_are_refused(store: AnnotationStore, versions: Versions, tmp_path: Path) -> None:
    back_up(tmp_path / "site.tar", store.root, versions.folder)
    link = tarfile.TarInfo("annotations/ct/anna/000009/mask.nii.gz")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with pytest.raises(InputError, match="is not whole"):
        restore(rewritten(tmp_path / "site.tar", lambda name, content: (name, content), [link]), tmp_path / "new", tmp_path / "models2")


def test_a_truncated_file_or_none_at_all(store: AnnotationStore, versions: Versions, tmp_path: Path) -> None:
    back_up(tmp_path / "site.tar", store.root, versions.folder)
    (tmp_path / "part.tar").write_bytes((tmp_path / "site.tar").read_bytes()[:5000])
    with pytest.raises(InputError):
        restore(tmp_path / "part.tar", tmp_path / "new", tmp_path / "models2")
    with pytest.raises(NotFoundError, match="There is no backup"):
        restore(tmp_path / "none.tar", tmp_path / "new", tmp_path / "models2")
    assert not (tmp_path / "new").exists()


def test_the_audit_log_comes_back_and_stays_where_it_has_grown(store: AnnotationStore, versions: Versions, tmp_path: Path) -> None:
    log = AuditLog(audit_folder(store.root))
    log.append(Entry("anna", "POST /x", 200, "ct"))
    back_up(tmp_path / "site.tar", store.root, versions.folder)
    log.append(Entry("anna", "POST /x", 422, "ct"))
    assert restore(tmp_path / "site.tar", store.root, versions.folder).audit == 0
    AuditLog(audit_folder(tmp_path / "new")).append(Entry("server", "server.start", "done"))
    assert restore(tmp_path / "site.tar", tmp_path / "new", tmp_path / "models2").audit == 1
    reading = AuditReading(audit_folder(tmp_path / "new"))
    assert {line.outcome for line in reading.lines()} == {200, "done"}
    assert (reading.problems, len(reading.last)) == ([], 2)
    (file,) = audit_folder(store.root).glob("*/*.jsonl")
    file.write_bytes(file.read_bytes().replace(b"anna", b"bert"))
    with pytest.raises(InputError, match="is not what was backed up"):
        restore(tmp_path / "site.tar", store.root, versions.folder)
