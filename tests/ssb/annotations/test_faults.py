"""Faults under the annotation store: a clock that jumps, a folder that must not be written, a disk that is full."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest

from ssb.annotations.annotation import Origin
from ssb.annotations.store import AnnotationStore
from ssb.errors import StorageError

NOBODY = 65534


def made(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((24, 20, 9)) < 0.3


@contextmanager
def without_rights(folder: Path) -> Iterator[None]:
    """The folder read-only, and the right to write all the same, which root has, given up."""
    folder.chmod(0o555)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(NOBODY)
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


def test_a_clock_that_is_set_back_neither_overwrites_nor_reorders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = AnnotationStore(tmp_path)
    for seed, year in enumerate((2026, 2031, 1999, 1970)):

        class Clock:
            now = staticmethod(lambda zone, year=year: datetime(year, 1, 1, tzinfo=timezone.utc))

        monkeypatch.setattr("ssb.annotations.store.datetime", Clock)
        found = store.submit("ct", ("anna", "bert")[seed % 2], made(seed), np.eye(4), Origin())
        assert store.newest("ct") == found
    kept = [*store.versions("ct", "anna"), *store.versions("ct", "bert")]
    assert [(one.version, one.order) for one in kept] == [(1, 1), (2, 3), (1, 2), (2, 4)]
    for one, seed in zip(kept, (0, 2, 1, 3), strict=True):
        np.testing.assert_array_equal(store.read(one).array, made(seed))


def test_records_of_earlier_programs_are_older_than_all_new_ones(tmp_path: Path) -> None:
    store = AnnotationStore(tmp_path)
    early = store.submit("ct", "anna", made(0), np.eye(4), Origin())
    record = store.path(early).with_name("record.json")
    record.write_text(record.read_text().replace(',\n  "order": 1', "").replace('"time": "20', '"time": "29'))
    assert store.newest("ct").order == 0
    late = store.submit("ct", "bert", made(1), np.eye(4), Origin())
    assert store.newest("ct") == late


def test_a_folder_that_must_not_be_written_is_a_sentence(tmp_path: Path) -> None:
    store = AnnotationStore(tmp_path / "store")
    kept = store.submit("ct", "anna", made(0), np.eye(4), Origin())
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)
    tmp_path.chmod(0o755)
    with without_rights(store.root / ".incoming"), pytest.raises(StorageError, match="cannot be kept: permission denied"):
        store.submit("ct", "anna", made(1), np.eye(4), Origin())
    assert store.versions("ct", "anna") == [kept]
    assert store.submit("ct", "anna", made(1), np.eye(4), Origin()).version == 2


def test_a_full_disk_is_a_sentence_and_leaves_nothing_half(tmp_path: Path) -> None:
    store = AnnotationStore(tmp_path)
    kept = store.submit("ct", "anna", made(0), np.eye(4), Origin())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    for room in (0, 100, kept_bytes(store) - 1):
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
        try:
            with pytest.raises(StorageError, match="cannot be kept: file too large"):
                store.submit("ct", "anna", made(1), np.eye(4), Origin())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert store.versions("ct", "anna") == [kept]
    assert list((tmp_path / ".incoming").iterdir()) == []
    assert store.submit("ct", "anna", made(1), np.eye(4), Origin()).version == 2


def kept_bytes(store: AnnotationStore) -> int:
    latest = store.latest("ct", "anna")
    assert latest is not None
    return store.path(latest).stat().st_size
