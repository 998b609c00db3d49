"""The site's PACS under the viewer's own origin: what OHIF reads and stores, and nothing else."""

from __future__ import annotations

import logging
import re

import httpx
from monailabel.config import settings
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ssb.errors import InputError, NotFoundError, SSBError
from ssb_viewer.forwarded import login_headers
from ssb_viewer.stow import Stored, named

logger = logging.getLogger(__name__)

TIMEOUT = httpx.Timeout(30.0, read=300.0)
"""Seconds (our choice: a PACS may take minutes to bring a study back from its archive)."""

LARGEST = 1 << 30
"""Bytes of one request to store (our choice: a segmentation of a whole-body CT takes some hundred MB uncompressed)."""

_PATH = re.compile(r"(studies|series|instances)(/(?!\.+(/|$))[\w.,-]+)*/?", re.ASCII)
_ASKED = ("accept", "range", "if-none-match", "if-modified-since")
_ANSWERED = ("content-type", "content-length", "content-encoding", "content-range", "etag", "last-modified")


class PacsDownError(SSBError):
    """The PACS does not answer."""

    status = 502


class NotTakenError(SSBError):
    """What was stored is no annotation."""

    status = 409


class PacsProxy:
    """Passes the requests of one viewer on to a DICOMweb server.

    address: the PACS' DICOMweb root. Its user and password are those of MONAI Label's settings (MONAI_LABEL_DICOMWEB_USERNAME and
    _PASSWORD), which the browser never sees. server: the address of `main.py serve` on the same PACS, which then takes what is stored
    at once and whose refusals reach the annotator; None where it shall find it by itself.
    """

    def __init__(self, address: str, server: str | None = None) -> None:
        self.address, self.server = address.rstrip("/"), server and server.rstrip("/")
        user, password = settings.MONAI_LABEL_DICOMWEB_USERNAME, settings.MONAI_LABEL_DICOMWEB_PASSWORD
        self._client = httpx.AsyncClient(timeout=TIMEOUT, auth=(user, password) if user and password else None)

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def read(self, request: Request, path: str, root: str) -> Response:
        """The PACS' answer to a search or a retrieval (QIDO-RS, WADO-RS), as it comes.

        root: the absolute address under which the browser sees the PACS; answers in JSON name that in place of the PACS' own.
        Raises NotFoundError for a path that is none of DICOMweb's, and PacsDownError.
        """
        headers = {name: value for name, value in request.headers.items() if name in _ASKED}
        answer = await self._send(self._client.build_request("GET", self._url(request, path), headers=headers))
        kept = {name: value for name, value in answer.headers.items() if name in _ANSWERED}
        if "json" not in answer.headers.get("content-type", ""):
            return StreamingResponse(answer.aiter_raw(), answer.status_code, kept, background=BackgroundTask(answer.aclose))
        try:
            content = (await answer.aread()).replace(self.address.encode(), root.encode())
        except httpx.HTTPError as error:
            raise self._down() from error
        finally:
            await answer.aclose()
        return Response(content, answer.status_code, media_type=answer.headers["content-type"])

    async def store(self, request: Request, path: str, annotator: str | None) -> Response:
        """The PACS' answer to what is stored (STOW-RS), with the annotator's name in each segmentation; as it comes where that is None.

        Raises what `named` raises, and NotTakenError where the server says that a segmentation is no annotation.
        """
        url, kind = self._url(request, path), request.headers.get("content-type", "")
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                raise InputError(f"What is stored has more than {LARGEST >> 20} MB: store fewer objects at once.")
        headers = {"Content-Type": kind, "Accept": request.headers.get("accept", "application/dicom+json")}
        as_it_comes = Stored(bytes(body), [])
        stored = as_it_comes if annotator is None else await run_in_threadpool(named, bytes(body), kind, annotator)
        answer = await self._send(self._client.build_request("POST", url, headers=headers, content=stored.body))
        content = await answer.aread()
        if answer.is_success and stored.segmentations:
            refused = await self.refused(request)
            for uid in stored.segmentations:
                if uid in refused:
                    raise NotTakenError(f"Your segmentation is in the PACS, but it is not kept as your annotation. {refused[uid]}")
        return Response(content, answer.status_code, media_type=answer.headers.get("content-type"))

    async def refused(self, request: Request) -> dict[str, str]:
        """Let the server take what is new in the PACS; by SOPInstanceUID, why it is no annotation. {} where no server is told."""
        if self.server is None:
            return {}
        try:
            told = self._client.build_request("POST", f"{self.server}/ssb/pacs/look", headers=login_headers(request))
            answer = await self._client.send(told, auth=None)  # the PACS' password is not for the server
            return dict(answer.raise_for_status().json()["refused"])
        except (httpx.HTTPError, ValueError) as error:  # such as a server that restarts: it looks by itself later
            logger.warning(f"The server at {self.server} was not told of a new segmentation: {error}")
            return {}

    async def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise self._down() from error

    def _down(self) -> PacsDownError:
        return PacsDownError(f"The PACS at {self.address} does not answer: see that it runs, and that this is its DICOMweb root.")

    def _url(self, request: Request, path: str) -> httpx.URL:
        if not _PATH.fullmatch(path):
            raise NotFoundError("There is no such resource in the PACS: it begins with studies, series or instances.")
        return httpx.URL(f"{self.address}/{path}", query=request.url.query.encode())
