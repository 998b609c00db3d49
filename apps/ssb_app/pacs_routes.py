"""Our HTTP route for a site with a PACS."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from monailabel.interfaces.utils.app import app_instance

from ssb.errors import NotFoundError
from ssb_app.web import SentenceRoute, annotator

router = APIRouter(prefix="/ssb/pacs", tags=["SSB"], route_class=SentenceRoute, dependencies=[Depends(annotator)])


@router.post("/look", summary="Take the segmentations that viewers have exported to the PACS since the last look")
def look() -> dict[str, Any]:
    """{"taken": [record, ...], "refused": {SOPInstanceUID: reason}}; the server also looks by itself, once a minute."""
    exports = app_instance().exports
    if exports is None:
        raise NotFoundError("The studies come from a folder: there is no PACS to look at.")
    found = exports.look()
    return {"taken": [annotation.as_json() for annotation in found.taken], "refused": found.refused}
