"""Who asks for a sample set, and whether they still wait for it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

import anyio
from anyio import CapacityLimiter
from fastapi import Request

T = TypeVar("T")

LOOK_SECONDS = 0.1
"""Between two looks whether a client is still there (our choice)."""

THREADS = 160
"""Requests of stock clients that may wait in threads of their own, more than `ssb_app.runs` lets wait at all."""


@dataclass(frozen=True)
class Asker:
    """One request's side of a run. client: by whom turns are shared. gone: set once nobody reads the answer any more."""

    client: str = ""
    gone: threading.Event = field(default_factory=threading.Event)


asking: ContextVar[Asker | None] = ContextVar("asking", default=None)
"""Who the code that runs now works for; it reaches our tasks through MONAI Label's own functions."""


def client_of(request: Request, client_id: object = None) -> str:
    """By whom turns are shared: the address that the request came from, and the id that its client states, if any (our choice)."""
    host = request.client.host if request.client else ""
    return f"{host} {client_id if isinstance(client_id, str) else ''}"


async def while_there(request: Request, asker: Asker, work: Callable[[], T]) -> T:
    """What `work` returns, done in a thread that waiting requests alone share; `asker.gone` is set when the client hangs up meanwhile."""
    token = asking.set(asker)
    try:
        task: asyncio.Task[Any] = asyncio.create_task(anyio.to_thread.run_sync(work, limiter=_threads()))
    finally:
        asking.reset(token)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=LOOK_SECONDS)
            if not task.done() and await request.is_disconnected():
                asker.gone.set()
        return await task
    finally:
        if not task.done():  # the server stops: let the thread end too
            asker.gone.set()
            with contextlib.suppress(asyncio.CancelledError):
                await task


@cache
def _threads() -> CapacityLimiter:
    return CapacityLimiter(THREADS)
