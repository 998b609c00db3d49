"""Our HTTP route for the inter-rater report."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends
from monailabel.interfaces.utils.app import app_instance

from ssb.annotations.store import AnnotationStore
from ssb.raters.sources import StoreReports
from ssb_app.web import SentenceRoute, reader

router = APIRouter(prefix="/ssb/raters", tags=["SSB"], route_class=SentenceRoute, dependencies=[Depends(reader)])


@router.get("", summary="Who annotated what, and how the raters differ: agreement, sizes, who draws larger, who misses lesions")
def raters() -> dict[str, Any]:
    """What `main.py raters` writes as raters.json, of now; only images with new annotations are counted again."""
    return _reports(app_instance().datastore().annotations.root).report().as_dict()


@cache
def _reports(root: Path) -> StoreReports:
    return StoreReports(AnnotationStore(root))
