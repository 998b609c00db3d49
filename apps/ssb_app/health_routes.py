"""HTTP routes for whoever watches the server: is it alive, and can it work. They say nothing of a patient and need no login."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from monailabel.interfaces.utils.app import app_instance

from ssb_app.web import SentenceRoute

router = APIRouter(prefix="/ssb", tags=["SSB"], route_class=SentenceRoute)


@router.get("/health", summary="Whether the server is alive; it does no work for it")
async def health() -> dict[str, Any]:
    """{"alive": true}; on the event loop, so that it also says that this is not held up."""
    return {"alive": True}


@router.get(
    "/ready", summary="Whether the server can work: model, folders, PACS", responses={503: {"description": "It cannot, see checks"}}
)
def ready() -> JSONResponse:
    """{"ready": bool, "checks": {name: {"ok": bool, "sentence": text}}}, with status 503 where it is not; renewed every ten seconds."""
    found = app_instance().readiness.now()
    return JSONResponse(found, 200 if found["ready"] else 503)
