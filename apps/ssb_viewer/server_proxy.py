"""What our panel in OHIF asks of the server of `main.py serve`, under the viewer's own origin, and nothing else."""

from __future__ import annotations

import re

import httpx
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from ssb.errors import InputError, NotFoundError, SSBError
from ssb_viewer.forwarded import login_headers
from ssb_viewer.proxy import LARGEST

TIMEOUT = httpx.Timeout(30.0, read=900.0)
"""Seconds (our choice: a request waits for those before it, and on a CPU a large lesion takes minutes)."""

CLIENT = "SSB panel in OHIF"

_READ = re.compile(r"progress/[0-9a-f-]{1,64}|sample_sets/[0-9a-f]+(/samples\.seg\.nrrd)?", re.ASCII)
_ORDER = re.compile(r"sample_sets(/[0-9a-f]+/dicom)?", re.ASCII)
_SUBMIT = re.compile(r"annotations/(?!\.+$)[\w.-]+", re.ASCII)
_STATED = ("sample_set", "checkpoint")


class ServerDownError(SSBError):
    """The server does not answer."""

    status = 502


class ServerProxy:
    """Passes the panel's requests on to the server at `address`, None where the viewer was started without one."""

    def __init__(self, address: str | None) -> None:
        self.address = address and address.rstrip("/")
        self._client = httpx.AsyncClient(timeout=TIMEOUT)

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def answer(self, request: Request, path: str, annotator: str) -> Response:
        """The server's answer to a request for `path` under /ssb; what is submitted is the annotator's, whoever it names.

        Raises NotFoundError for what the panel does not need, InputError for a submission without a file, and ServerDownError.
        """
        if self.address is None:
            raise NotFoundError("This viewer was started without a server: start it with --server ADDRESS.")
        if request.method == "GET" and _READ.fullmatch(path):
            return await self._send(self._client.build_request("GET", self._url(path), headers=login_headers(request)))
        if request.method == "POST" and _ORDER.fullmatch(path):
            headers = {"Content-Type": "application/json", **login_headers(request)}
            return await self._send(self._client.build_request("POST", self._url(path), content=await request.body(), headers=headers))
        if request.method == "POST" and _SUBMIT.fullmatch(path):
            return await self._submit(request, path, annotator)
        raise NotFoundError(f"There is no such route for the viewer: {request.method} {path[:60]!r}.")

    async def _submit(self, request: Request, path: str, annotator: str) -> Response:
        if int(request.headers.get("content-length", LARGEST + 1)) > LARGEST:
            raise InputError(f"A submission has at most {LARGEST >> 20} MB, and says how many bytes it has.")
        async with request.form() as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise InputError("A submission needs the mask as the form's `file`.")
            stated = {name: str(form[name]) for name in _STATED if name in form}
            files = {"file": (file.filename, await file.read())}
            data = {**stated, "rater": annotator, "client": CLIENT}
            headers = login_headers(request)
            return await self._send(self._client.build_request("POST", self._url(path), data=data, files=files, headers=headers))

    async def _send(self, request: httpx.Request) -> Response:
        try:
            answer = await self._client.send(request)
        except httpx.HTTPError as error:
            raise ServerDownError(f"The server at {self.address} does not answer: see that `main.py serve` runs there.") from error
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

    def _url(self, path: str) -> str:
        return f"{self.address}/ssb/{path}"
