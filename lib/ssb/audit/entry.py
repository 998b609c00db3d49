"""One entry of the audit log, and its line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LONGEST = 200
"""Characters of a text that are kept (our choice): a client may state what it likes."""

GENESIS = "0" * 64
"""What stands for the line before the first one."""


@dataclass(frozen=True)
class Entry:
    """What happened, without pixels and without the patient's name.

    who: the user who is logged in, else the client's id, else "unknown"; "server" for what the server does by itself.
    action: such as "POST /ssb/annotations/{image}" or "model.switch". outcome: the answer's HTTP status, or a word.
    image: its id, "" where the action is about none. address: the client's. detail: a few facts, such as the version that was kept.
    """

    who: str
    action: str
    outcome: int | str
    image: str = ""
    address: str = ""
    detail: Mapping[str, int | str] = field(default_factory=dict)

    def line(self, time: str, before: str, missed: int = 0) -> bytes:
        """The entry as one line of JSON in ASCII, without its end.

        time: UTC, ISO 8601. before: `digest` of the line before, which chains the lines (our choice: SHA-256, as in a hash chain of
        Haber and Stornetta, J. Cryptology 3:99, 1991). missed: entries that were lost just before, since the disk refused too many.
        """
        facts: dict[str, Any] = {
            "time": time,
            "who": _short(self.who),
            "action": _short(self.action),
            "image": _short(self.image),
            "outcome": self.outcome if isinstance(self.outcome, int) else _short(self.outcome),
            "address": _short(self.address),
            "detail": {key: value if isinstance(value, int) else _short(value) for key, value in self.detail.items()},
            **({"missed": missed} if missed else {}),
            "before": before,
        }
        return json.dumps(facts).encode("ascii")


def digest(line: bytes) -> str:
    """SHA-256 of a line without its end, 64 hex digits."""
    return hashlib.sha256(line).hexdigest()


def _short(text: object) -> str:
    return str(text)[:LONGEST]
