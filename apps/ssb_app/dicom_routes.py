"""Our HTTP routes for a sample set as DICOM objects, of images that came from DICOM."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from monailabel.interfaces.utils.app import app_instance

from ssb.errors import NotFoundError
from ssb.outputs.dicom_results import OBJECTS
from ssb_app.pacs_results import store_results
from ssb_app.web import SentenceRoute, annotator, reader

router = APIRouter(prefix="/ssb/sample_sets/{set_id}", tags=["SSB"], route_class=SentenceRoute)


@router.get("/segmentation.dcm", summary="Consensus, interpretations and samples as DICOM SEG", dependencies=[Depends(reader)])
def segmentation_file(set_id: str) -> Response:
    """A BINARY Segmentation with overlapping segments that refers to the image's series."""
    return _file(set_id, "segmentation")


@router.get("/disagreement.dcm", summary="Where the samples disagree as DICOM Parametric Map", dependencies=[Depends(reader)])
def disagreement_file(set_id: str) -> Response:
    """Float32 in bits, 0 to 1, with a reference to the image's series."""
    return _file(set_id, "disagreement")


@router.post("/dicom", summary="Store both into the PACS that the studies come from", dependencies=[Depends(annotator)])
def store_dicom(set_id: str) -> dict[str, Any]:
    """{"segmentation": {"uid": SOPInstanceUID, "stored": bool}, "disagreement": ...}; `stored` is false where the PACS had it already."""
    app = app_instance()
    kept = app.sampler.kept(set_id)
    pacs = app.pacs
    if pacs is None:
        raise NotFoundError("The studies come from a folder: there is no PACS to store in, so download the .dcm files.")
    found = store_results(pacs, kept.sample_set, app.source_series(kept.image_id))
    return {one.kind: {"uid": one.uid, "stored": not one.was_there} for one in found}


def _file(set_id: str, kind: str) -> Response:
    app = app_instance()
    kept = app.sampler.kept(set_id)
    content = BytesIO()
    OBJECTS[kind](kept.sample_set, app.source_series(kept.image_id)).save_as(content, write_like_original=False)
    headers = {"Content-Disposition": f'attachment; filename="{set_id}-{kind}.dcm"'}
    return Response(content.getvalue(), media_type="application/dicom", headers=headers)
