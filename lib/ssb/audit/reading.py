"""The audit log is read, and every line checked against the one before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssb.audit.entry import GENESIS, digest
from ssb.audit.log import REMOVED, files_of
from ssb.errors import SSBError


@dataclass(frozen=True)
class Line:
    """One entry as it was read: the fields of `Entry` and its time, UTC."""

    time: str
    who: str
    action: str
    image: str
    outcome: int | str
    address: str
    detail: dict[str, int | str]

    def as_json(self) -> dict[str, Any]:
        """The entry as JSON's own types."""
        return {field: getattr(self, field) for field in self.__dataclass_fields__}


class AuditReading:
    """One reading of the log in `folder`. After all of `lines`:

    problems: a sentence for each place where a line was changed, taken out or put in since it was written. notes: what is no sign of
    that, such as a line that a killed process or a full disk left half, or entries that the disk had refused. count: whole entries.
    last: the digest of the newest line of each chain. What a chain cannot show is that its newest lines were cut off, or that all of it
    was written anew: for that, keep `last` elsewhere, for which a backup does.
    """

    def __init__(self, folder: Path) -> None:
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.count = 0
        self.last: dict[str, str] = {}
        self._folder = folder

    def lines(self) -> Iterator[Line]:
        """All entries, chain by chain, in the order in which they were written. Raises SSBError where a file cannot be read."""
        chains = [entry for entry in self._folder.iterdir() if entry.is_dir() and files_of(entry)] if self._folder.is_dir() else []
        try:
            for chain in sorted(chains, key=lambda chain: files_of(chain)[0].name):
                yield from self._chain(chain)
        except OSError as error:
            raise SSBError(f"The audit log cannot be read: {(error.strerror or str(error)).lower()}.") from error

    def _chain(self, chain: Path) -> Iterator[Line]:
        before: str | None = None
        removed: set[str] = {GENESIS}
        first = ("", GENESIS)
        for file in files_of(chain):
            for number, raw in enumerate(_raw_lines(file), start=1):
                told = f"line {number} of {chain.name}/{file.name}"
                found = _parsed(raw)
                if found is None:
                    self.notes.append(f"{told[0].upper()}{told[1:]} is not whole: its process was killed, or the disk was full.")
                else:
                    if before is None:
                        first = (told, str(found.get("before")))
                    elif found.get("before") != before:
                        self.problems.append(f"The line before {told} was changed or is missing.")
                    if missed := found.get("missed"):
                        self.notes.append(f"Before {told}, {missed} entries could not be written.")
                    if found["action"] == REMOVED:
                        removed.add(str(found["detail"].get("last")))
                    self.count += 1
                    yield Line(**{field: found[field] for field in Line.__dataclass_fields__})
                before = digest(raw)
        self.last[chain.name] = before or GENESIS
        if first[1] not in removed:
            self.problems.append(f"What came before {first[0]} is missing, and no entry says that it was old enough to be removed.")


def _raw_lines(file: Path) -> Iterator[bytes]:
    with file.open("rb") as lines:
        for line in lines:
            yield line.removesuffix(b"\n")


def _parsed(raw: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(raw)
    except ValueError:
        return None
    whole = isinstance(found, dict) and found.keys() >= Line.__dataclass_fields__.keys() and isinstance(found["detail"], dict)
    return found if whole else None
