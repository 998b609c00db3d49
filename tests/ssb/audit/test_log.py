"""The audit log: every entry is there, in order, and a change to any of them shows."""

from __future__ import annotations

import json
import multiprocessing
import resource
from datetime import datetime, timezone
from pathlib import Path

import pytest

from ssb.audit import AuditLog, AuditReading, Entry, audit_folder
from ssb.audit.entry import LONGEST


def entry(number: int, **more: object) -> Entry:
    return Entry(**{"who": "anna", "action": "test", "outcome": 200, "image": "ct", "detail": {"n": number}, **more})


def read(folder: Path) -> tuple[list[int | str], AuditReading]:
    reading = AuditReading(folder)
    return [line.detail.get("n", line.action) for line in reading.lines()], reading


def only_file(folder: Path) -> Path:
    (found,) = folder.glob("*/*.jsonl")
    return found


def filled(folder: Path, count: int = 4) -> Path:
    log = AuditLog(folder)
    for number in range(count):
        log.append(entry(number), durable=number % 2 == 0)
    return only_file(folder)


def at(monkeypatch: pytest.MonkeyPatch, day: int) -> None:
    monkeypatch.setattr("ssb.audit.log.now", lambda: datetime(2026, 11, day, 12, tzinfo=timezone.utc))


def add_many(folder: Path, first: int) -> None:
    log = AuditLog(folder)
    for number in range(first, first + 100):
        log.append(entry(number))


def test_what_was_written_is_read_again_and_only_its_owner_may(tmp_path: Path) -> None:
    assert audit_folder(tmp_path / "store") == tmp_path / "store-audit"
    log = AuditLog(tmp_path)
    log.append(Entry("Börge\n", "POST /x", 422, "ct", "127.0.0.1", {"version": 3, "model": "m"}))
    (line,) = AuditReading(tmp_path).lines()
    assert (line.who, line.action, line.outcome, line.image, line.address) == ("Börge\n", "POST /x", 422, "ct", "127.0.0.1")
    assert line.detail == {"version": 3, "model": "m"}
    assert datetime.fromisoformat(line.time).utcoffset().total_seconds() == 0
    assert only_file(tmp_path).stat().st_mode & 0o777 == 0o600
    assert only_file(tmp_path).read_bytes().count(b"\n") == 1


def test_long_texts_are_cut(tmp_path: Path) -> None:
    AuditLog(tmp_path).append(entry(0, who="😀" * 5000, image="\ud800" * 5000))
    (line,) = AuditReading(tmp_path).lines()
    assert len(line.who) == len(line.image) == LONGEST


@pytest.mark.parametrize("change", ["edit", "take out", "put in", "swap"])
def test_a_change_shows_where_it_was_made(tmp_path: Path, change: str) -> None:
    file = filled(tmp_path)
    assert not read(tmp_path)[1].problems
    lines = file.read_bytes().splitlines(keepends=True)
    if change == "edit":
        lines[1] = lines[1].replace(b"anna", b"bert")
    elif change == "take out":
        del lines[1]
    elif change == "put in":
        lines.insert(1, lines[0])
    else:
        lines[1], lines[2] = lines[2], lines[1]
    file.write_bytes(b"".join(lines))
    problems = read(tmp_path)[1].problems
    place = 3 if change == "edit" else 2
    assert problems[0] == f"The line before line {place} of {file.parent.name}/{file.name} was changed or is missing."


def test_a_first_line_that_is_gone_shows(tmp_path: Path) -> None:
    file = filled(tmp_path)
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[1:]))
    assert "is missing, and no entry says" in read(tmp_path)[1].problems[0]


def test_a_half_line_of_a_killed_process_is_noted_and_the_next_ones_are_whole(tmp_path: Path) -> None:
    file = filled(tmp_path, 2)
    file.write_bytes(file.read_bytes()[:-30])
    AuditLog(tmp_path).append(entry(7))
    found, reading = read(tmp_path)
    assert found == [0, 7]
    assert not reading.problems
    assert reading.notes == [f"Line 2 of {file.parent.name}/{file.name} is not whole: its process was killed, or the disk was full."]


def test_days_are_files_of_one_chain_and_a_clock_that_is_set_back_goes_on_with_the_newest(tmp_path, monkeypatch) -> None:
    log = AuditLog(tmp_path)
    for number, day in enumerate([3, 4, 2, 4, 6]):
        at(monkeypatch, day)
        log.append(entry(number))
    found, reading = read(tmp_path)
    assert found == [0, 1, 2, 3, 4]
    assert (reading.problems, reading.notes, reading.count) == ([], [], 5)
    assert sorted(file.stem for file in tmp_path.glob("*/*.jsonl")) == ["2026-11-03", "2026-11-04", "2026-11-06"]
    next(tmp_path.glob("*/2026-11-04.jsonl")).unlink()
    assert "2026-11-06.jsonl was changed or is missing" in read(tmp_path)[1].problems[0]


def test_files_that_are_old_enough_go_and_the_log_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = AuditLog(tmp_path, days=2)
    for number, day in enumerate([1, 2, 4, 5]):
        at(monkeypatch, day)
        log.append(entry(number))
    found, reading = read(tmp_path)
    assert found == [2, "audit.removed", 3, "audit.removed"]
    assert not reading.problems
    next(tmp_path.glob("*/2026-11-04.jsonl")).unlink()
    assert read(tmp_path)[1].problems


def test_an_empty_file_of_a_killed_process_does_not_break_the_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 3)
    file = filled(tmp_path, 2)
    (file.parent / "2026-11-04.jsonl").touch()
    at(monkeypatch, 4)
    AuditLog(tmp_path).append(entry(2))
    found, reading = read(tmp_path)
    assert (found, reading.problems) == ([0, 1, 2], [])


def test_two_processes_share_one_chain(tmp_path: Path) -> None:
    processes = [multiprocessing.get_context("fork").Process(target=add_many, args=(tmp_path, 1000 * n)) for n in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    found, reading = read(tmp_path)
    assert sorted(found) == [*range(100), *range(1000, 1100)]
    assert (reading.problems, len(reading.last)) == ([], 1)


@pytest.mark.parametrize("most", [3, 2, 1])
def test_what_a_full_disk_refused_waits_and_what_was_too_much_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("ssb.audit.log.MOST_WAITING", most)
    log = AuditLog(tmp_path)
    log.append(entry(0))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    for number, spare in enumerate((10, 0), 1):  # in the first the line is cut, the second has no room for a byte
        resource.setrlimit(resource.RLIMIT_FSIZE, (only_file(tmp_path).stat().st_size + spare, limits[1]))
        with pytest.raises(OSError):
            log.append(entry(number))
        assert log.missed == number
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    log.append(entry(3))
    log.append(entry(4))
    found, reading = read(tmp_path)
    lost = 3 - most
    assert (found, reading.problems, log.missed) == ([0, *range(1 + lost, 5)], [], 0)
    assert [line.time for line in AuditReading(tmp_path).lines()] == sorted(line.time for line in AuditReading(tmp_path).lines())
    assert [note.partition(", ")[2] for note in reading.notes if note.startswith("Before")] == [f"{lost} entries could not be written."][
        :lost
    ]
    assert "missed" not in json.loads(only_file(tmp_path).read_bytes().splitlines()[-1])
