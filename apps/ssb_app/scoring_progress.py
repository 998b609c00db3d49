"""How far a scoring has come, in the words of MONAI Label's background tasks."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class ScoringProgress:
    """id: of this scoring, "" before the first. status: RUNNING, DONE, STOPPED or ERROR, as stock clients know them.

    total: images to score. done: of these, also those that failed. failed: why an image is not scored. started, ended: local time, as
    MONAI Label has it.
    """

    id: str = ""
    status: str = "DONE"
    total: int = 0
    done: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    started: str = ""
    ended: str | None = None
    error: str | None = None

    @classmethod
    def begun(cls) -> ScoringProgress:
        """Of a scoring that begins now."""
        return cls(id=str(uuid.uuid4()), status="RUNNING", started=_now())

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.status == "RUNNING"

    def end(self, status: str, error: str | None = None) -> None:
        """It has ended now."""
        self.status, self.error, self.ended = status, error, _now()

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {"running": self.running, "status": self.status, "total": self.total, "done": self.done, "failed": dict(self.failed)}

    def as_task(self, method: str) -> dict[str, Any]:
        """The answer that stock clients expect of a background task."""
        lines = [f"{self.done} of {self.total} images are scored"]
        lines += [f"{image}: {reason}" for image, reason in list(self.failed.items())]
        lines += [self.error] if self.error else []
        task = {"id": self.id, "status": self.status, "request": {"method": method}, "start_ts": self.started, "details": lines}
        return task if self.ended is None else {**task, "end_ts": self.ended}


def _now() -> str:
    return datetime.now().strftime("%Y-%m-%d %H:%M:%S")
