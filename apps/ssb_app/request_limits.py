"""Requests that are larger than the site takes end before anybody reads them."""

from __future__ import annotations

from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ssb.limits import limits

_FILES = ("multipart/", "application/dicom", "application/octet-stream")


class RequestLimits:
    """An ASGI middleware: 413 and a sentence for a request with more bytes than `ssb.limits` allows for its kind."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its bytes as they come: what it says of its length may be wrong."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        most = limits().upload_bytes if headers.get(b"content-type", "").startswith(_FILES) else limits().body_bytes
        sentence = f"The request has more than {most} bytes, which is the most that is taken of its kind."
        told = headers.get(b"content-length", "0")
        if not told.isdigit() or int(told[:20]) > most:
            return await JSONResponse({"detail": sentence}, 413)(scope, receive, send)
        count = 0

        async def counted() -> Message:
            nonlocal count
            message = await receive()
            count += len(message.get("body", b""))
            if count > most:
                raise HTTPException(413, sentence)
            return message

        await self._app(scope, counted, send)


def limit_requests(app: FastAPI) -> None:
    """Before everything else of the server."""
    app.add_middleware(RequestLimits)
