"""Every request is counted and timed, and recorded before its answer leaves: the outermost layer of the server."""

from __future__ import annotations

import time
from typing import Any

import anyio
from anyio.to_thread import run_sync
from monailabel.interfaces.utils.app import app_instance
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ssb_app.audit import entry_of, is_recorded, noting, record, route_of
from ssb_app.metrics import REQUESTS, SECONDS


class Watch:
    """ASGI middleware. What changes something is in the audit log, and on the disk, before the client hears of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._writer = anyio.CapacityLimiter(1)  # a thread of its own: the others may all wait for their turn to sample

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        started, status = time.perf_counter(), 500
        with noting() as facts:

            async def sending(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    await self._record(scope, status, facts)
                await send(message)

            try:
                await self._app(scope, receive, sending)
            except Exception:  # the answer 500 is made further out
                await self._record(scope, 500, facts)
                status = 500
                raise
            finally:
                route = route_of(scope)
                REQUESTS.labels(scope["method"], route, str(status)).inc()
                SECONDS.labels(route).observe(time.perf_counter() - started)

    async def _record(self, scope: Scope, status: int, facts: dict[str, Any]) -> None:
        method = scope["method"]
        if is_recorded(method, route_of(scope), status):
            entry, log = entry_of(scope, status, facts), app_instance().audit
            await run_sync(record, log, entry, method not in ("GET", "HEAD", "OPTIONS"), limiter=self._writer)
