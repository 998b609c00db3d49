"""The command `audit`: who did what to which image, and whether the record is whole."""

from __future__ import annotations

import json
from argparse import Namespace
from datetime import datetime, timezone

from ssb.audit import AuditReading, Line, audit_folder
from ssb.errors import InputError, NotFoundError, SSBError
from ssb_cli.common import annotations_of


def run(parsed: Namespace) -> None:
    """Print the entries and say whether all lines are as they were written; an SSBError where they are not."""
    folder, since = audit_folder(annotations_of(parsed.studies, parsed.annotations)), _time(parsed.since) if parsed.since else None
    if not folder.is_dir():
        raise NotFoundError(
            f"There is no audit log in '{folder}': no server has run on these studies, or it lies elsewhere (--annotations)."
        )
    reading, shown = AuditReading(folder), 0
    for line in reading.lines():
        if parsed.user not in (None, line.who) or parsed.image not in (None, line.image):
            continue
        if since is not None and datetime.fromisoformat(line.time) < since:
            continue
        shown += 1
        print(json.dumps(line.as_json(), ensure_ascii=False) if parsed.json else _row(line))
    if not parsed.json:
        print(f"{shown} of {reading.count} entries.")
        for note in reading.notes:
            print(note)
        for chain, last in reading.last.items():
            print(f"The last line of the chain {chain} has the SHA-256 {last}.")
    if reading.problems:
        raise SSBError(f"The audit log is not as it was written: {' '.join(reading.problems)}")


def _row(line: Line) -> str:
    detail = " ".join(f"{key}={value}" for key, value in line.detail.items())
    return f"{line.time[:19]}Z  {line.who:12}  {line.outcome!s:>4}  {line.action}  {line.image}  {line.address}  {detail}".rstrip()


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError as error:
        raise InputError(
            f"The option --since is '{text}', but it must be a date such as 2026-11-26 or a time as 2026-11-26T14:30."
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
