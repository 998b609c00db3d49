"""Waiting for the server while Slicer's windows stay alive."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

Found = TypeVar("Found")

PULSE_SECONDS = 0.05


def patiently(work: Callable[[], Found], pulse: Callable[[], Any]) -> Found:
    """What `work` returns or raises; it runs in a thread of its own, so it must not touch the scene.

    pulse: called every PULSE_SECONDS meanwhile, in the thread that waits; `slicer.app.processEvents` keeps the windows alive. The thread
    gets its share of time because waiting for it releases Python's lock, which Slicer's own event loop does not.
    """
    found: list[Found] = []
    problems: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:
            problems.append(error)

    thread = threading.Thread(target=run, name="ssb-review", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(PULSE_SECONDS)
        pulse()
    if problems:
        raise problems[0]
    return found[0]
