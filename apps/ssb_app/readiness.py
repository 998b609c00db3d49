"""Whether the server can do its work now: model, folders and PACS, each with a sentence."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssb.errors import SSBError

if TYPE_CHECKING:
    from ssb_app.app import SSBApp

logger = logging.getLogger(__name__)

FRESH_SECONDS = 10.0
"""How long an answer is good (our choice): probes may come often, and neither disk nor PACS should notice."""


@dataclass(frozen=True)
class Check:
    """One condition, and what it is about in a sentence."""

    ok: bool
    sentence: str


class Readiness:
    """The checks of one server; each is made by one thread at a time, and the others get the last answer."""

    def __init__(self, checks: dict[str, Callable[[], Check]]) -> None:
        self._checks = checks
        self._found: dict[str, Check] = {}
        self._time = -FRESH_SECONDS
        self._checking = threading.Lock()

    def now(self) -> dict[str, Any]:
        """{"ready": all are met, "checks": {name: {"ok", "sentence"}}}, not older than FRESH_SECONDS, or while it is being renewed."""
        if time.monotonic() - self._time >= FRESH_SECONDS and self._checking.acquire(blocking=not self._found):
            try:
                if time.monotonic() - self._time >= FRESH_SECONDS:
                    self._found = {name: check() for name, check in self._checks.items()}
                    self._time = time.monotonic()
            finally:
                self._checking.release()
        found = self._found
        return {"ready": all(check.ok for check in found.values()), "checks": {name: asdict(check) for name, check in found.items()}}


def readiness_of(app: SSBApp) -> Readiness:
    """The checks of the app."""
    folders = {"annotations": app.submissions.store.root, "audit": app.audit.folder}
    checks: dict[str, Callable[[], Check]] = {"model": lambda: _model(app)}
    checks |= {name: lambda name=name, folder=folder: _writable(name, folder) for name, folder in folders.items()}  # type: ignore[misc]
    if app.pacs is not None:
        checks["pacs"] = lambda: _pacs(app)
    return Readiness(checks)


def _model(app: SSBApp) -> Check:
    in_use = app.sampler.in_use
    return Check(True, in_use.problem or f"The model {in_use.take().model.name} is loaded.")


def _writable(name: str, folder: Path) -> Check:
    """Tried by writing: a full disk, a read-only one and a missing right all show."""
    place = folder
    while not place.exists():
        place = place.parent
    probe = place / f".probe-{uuid.uuid4().hex}"
    try:
        probe.write_bytes(bytes(4096))
        probe.unlink()
    except OSError as error:
        probe.unlink(missing_ok=True)
        return Check(False, f"The folder of the {name} cannot be written: {(error.strerror or str(error)).lower()}.")
    return Check(True, f"The folder of the {name} can be written.")


def _pacs(app: SSBApp) -> Check:
    assert app.pacs is not None
    try:
        app.pacs.reach()
    except SSBError as error:
        logger.warning(str(error))  # its address is for whoever may read the log
        return Check(False, "The PACS does not answer as it should: see the server's log.")
    return Check(True, "The PACS answers.")
