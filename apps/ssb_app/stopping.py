"""A server that is asked to stop: submissions are finished, sampling is dropped, and the whole takes a bounded time."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from types import FrameType

import uvicorn

from ssb.errors import SSBError
from ssb.growing import Progress

logger = logging.getLogger(__name__)

FINISH_SECONDS = 20
"""How long requests may take to end once the server was asked to stop (our choice: a submission of a large mask takes a second or two)."""


class StoppingError(SSBError):
    """The server is being stopped, so it begins or goes on with nothing that takes long."""

    status = 503


class Stopping:
    """Whether the server was asked to stop, for work that takes long and asks now and then."""

    def __init__(self) -> None:
        self._begun = threading.Event()

    def begin(self) -> None:
        """From now on `check` raises."""
        self._begun.set()

    def check(self) -> None:
        """A StoppingError where the server was asked to stop."""
        if self._begun.is_set():
            raise StoppingError("The server is being stopped: ask again once it runs, in a minute or so.")

    def checked(self, on_progress: Progress | None) -> Progress:
        """`on_progress` that checks first: a sampling calls it after each slice, and ends with what it raises."""

        def progress(share: float) -> None:
            self.check()
            if on_progress is not None:
                on_progress(share)

        return progress


class GracefulServer(uvicorn.Server):
    """uvicorn's server, which says at once that it was asked to stop, and whose process ends in a bounded time whatever hangs.

    on_stop: called once, in the signal's handler. rest_seconds: what the program still needs after the server, such as for a training.
    """

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], object], rest_seconds: float) -> None:
        config.timeout_graceful_shutdown = FINISH_SECONDS
        super().__init__(config)
        self._on_stop = on_stop
        self._rest_seconds = rest_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """uvicorn's own, and ours before it."""
        if not self.should_exit:
            self._on_stop()
            limit = threading.Timer(FINISH_SECONDS + self._rest_seconds, _end, [sig])
            limit.daemon = True
            limit.start()
        super().handle_exit(sig, frame)


def _end(sig: int) -> None:
    logger.error("Something did not end in time: the server ends without it. What was acknowledged is on the disk.")
    os._exit(128 + sig)
