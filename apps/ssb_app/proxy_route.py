"""/proxy/dicom: the PACS under the server's address, for the OHIF that MONAI Label brings, and no other address.

MONAI Label's own joins any path to the PACS' address, so that `..` leads to the rest of that server, follows where a PACS points to,
passes every header on, and waits for it on the event loop; with a folder of studies it ends in status 500.
"""

from __future__ import annotations

import logging
from functools import cache

from fastapi import Depends, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from monailabel.config import settings
from monailabel.interfaces.utils.app import app_instance

from ssb.errors import NotFoundError, SSBError
from ssb_app.audit import user_of
from ssb_app.web import annotator, put_before, reader
from ssb_viewer.proxy import PacsProxy

logger = logging.getLogger(__name__)


async def from_pacs(request: Request, path: str) -> Response:
    """What the PACS answers to a search or a retrieval."""
    op, rest = _split(path)
    root = f"{str(request.base_url).rstrip('/')}{settings.MONAI_LABEL_API_STR}/proxy/dicom/{op or 'wado'}"
    return await _proxy(op, rest).read(request, rest, root)


async def to_pacs(request: Request, path: str) -> Response:
    """What the PACS answers to objects that are stored: segmentations get the name of who is logged in, all else stays as it is."""
    op, rest = _split(path)
    return await _proxy(op, rest).store(request, rest, user_of(request.scope))


def guard_proxy(app: FastAPI) -> None:
    """Put our routes before MONAI Label's own."""
    put_before(app, "/proxy/dicom/{path:path}", from_pacs, "GET", [Depends(reader)])
    put_before(app, "/proxy/dicom/{path:path}", to_pacs, "POST", [Depends(annotator)])


def _split(path: str) -> tuple[str, str]:
    op, _, rest = path.partition("/")
    return (op, rest) if op in ("wado", "qido", "stow") else ("", path)


def _proxy(op: str, path: str) -> PacsProxy:
    pacs = app_instance().pacs
    if pacs is None:
        raise NotFoundError("The studies come from a folder: there is no PACS behind this server.")
    # some versions of OHIF ask for metadata where they search
    kind = "wado" if op == "qido" and path.endswith("metadata") else op
    prefix = getattr(settings, f"MONAI_LABEL_{kind.upper()}_PREFIX") if kind else None
    return _proxy_to(f"{pacs.address}/{prefix}" if prefix else pacs.address)


@cache
def _proxy_to(address: str) -> PacsProxy:
    return _OwnProxy(address)


class _OwnProxy(PacsProxy):
    async def refused(self, request: Request) -> dict[str, str]:
        try:
            return (await run_in_threadpool(app_instance().exports.look)).refused
        except SSBError as error:
            logger.warning(f"What was stored in the PACS is taken up later: {error}")
            return {}
