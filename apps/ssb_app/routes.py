"""Our own HTTP routes: sample sets as JSON summaries and as files."""

from __future__ import annotations

import tempfile
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response
from monailabel.config import settings
from monailabel.interfaces.utils.app import app_instance

from ssb.outputs.reading_report import reading_report
from ssb.outputs.seg_nrrd import segments_of, write_layered_seg_nrrd
from ssb.plausible import DISAGREEMENT_UNIT
from ssb.volumes.write import write_array
from ssb_app import (
    annotation_routes,
    dicom_routes,
    health_routes,
    metrics,
    model_routes,
    next_image_routes,
    pacs_routes,
    raters_route,
    review_page,
    review_routes,
    stream_route,
)
from ssb_app.access.door import hang
from ssb_app.faults import answer_faults
from ssb_app.guards import guard_inputs
from ssb_app.infer_route import serve_in_threads
from ssb_app.label_route import take_labels
from ssb_app.ohif_route import add_to_ohif
from ssb_app.orders import Order, claimed, heard, told_progress
from ssb_app.runs import GoneError
from ssb_app.sampler import Sampler
from ssb_app.train_route import save_before_stop
from ssb_app.watch import Watch
from ssb_app.web import SentenceRoute, administrator, reader

router = APIRouter(prefix="/ssb", tags=["SSB"], route_class=SentenceRoute, dependencies=[Depends(reader)])


class VolumeFormat(str, Enum):
    """File formats of a volume of numbers."""

    NIFTI = "nii.gz"
    NRRD = "nrrd"


def mount(app: FastAPI) -> None:
    """Add the routes to MONAI Label's server, once for each server."""
    if not getattr(app.state, "ssb_mounted", False):
        app.state.ssb_mounted = True
        app.include_router(router, prefix=settings.MONAI_LABEL_API_STR)
        app.include_router(dicom_routes.router, prefix=settings.MONAI_LABEL_API_STR)
        app.include_router(annotation_routes.router, prefix=settings.MONAI_LABEL_API_STR)
        app.include_router(raters_route.router, prefix=settings.MONAI_LABEL_API_STR)
        app.include_router(model_routes.router, prefix=settings.MONAI_LABEL_API_STR)
        app.include_router(pacs_routes.router, prefix=settings.MONAI_LABEL_API_STR)
        app.include_router(next_image_routes.router, prefix=settings.MONAI_LABEL_API_STR)
        app.include_router(review_routes.router, prefix=settings.MONAI_LABEL_API_STR)
        app.include_router(review_page.router, prefix=settings.MONAI_LABEL_API_STR)
        app.include_router(stream_route.router, prefix=settings.MONAI_LABEL_API_STR)
        app.include_router(health_routes.router, prefix=settings.MONAI_LABEL_API_STR)
        app.include_router(metrics.router, prefix=settings.MONAI_LABEL_API_STR)
        guard_inputs(app)
        serve_in_threads(app)
        take_labels(app)
        add_to_ohif(app)
        next_image_routes.take_next_image(app)
        save_before_stop(app)
        answer_faults(app)
        hang(app)
        app.add_middleware(Watch)  # last, so that it is outermost: what other layers refuse is recorded too


@router.get("/stats", summary="How many sample sets were made, and how many answers needed no sampling")
def stats() -> dict[str, int]:
    """Counts since the server started, how many sets are kept, and how many requests wait for their turn."""
    sets, runs = _sampler().sets, _sampler().runs
    return {"runs": sets.runs, "hits": sets.hits, "kept": len(sets.values()), "waiting": runs.waiting, "cancelled": runs.cancelled}


@router.get("/sample_sets", summary="The sample sets kept in memory, the most recently used last")
def list_sample_sets() -> list[dict[str, Any]]:
    """Their summaries."""
    return [kept.summary for kept in _sampler().sets.values()]


@router.post("/sample_sets", summary="Make a sample set, or find the one of an equal request")
async def make_sample_set(order: Order, request: Request) -> dict[str, Any]:
    """Its summary; the same request gives the same id. A client that hangs up stops the sampling, unless another waits for the same."""
    with told_progress(order) as on_progress, await claimed(order, request) as ticket:
        async for share, _ in heard(ticket):
            on_progress(share)
            if await request.is_disconnected():
                raise GoneError("The client hung up.")
        return await run_in_threadpool(lambda: ticket.result().summary)


@router.delete("/sample_sets", summary="Forget all sample sets", dependencies=[Depends(administrator)])
def forget_sample_sets() -> dict[str, int]:
    """Frees their memory; the same request samples again and gives the same masks."""
    _sampler().sets.clear()
    return stats()


@router.get("/sample_sets/{set_id}", summary="A sample set in numbers and words")
def describe_sample_set(set_id: str) -> dict[str, Any]:
    """Its summary."""
    return _sampler().kept(set_id).summary


@router.get("/sample_sets/{set_id}/disagreement", summary="Where the samples disagree, float32 on the image's grid, 0 to 1 bit")
def disagreement(set_id: str, format: VolumeFormat = VolumeFormat.NIFTI) -> Response:
    """A NIfTI or NRRD file."""
    found = _sampler().kept(set_id).sample_set
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{set_id}-disagreement.{format.value}"
        write_array(path, found.on_grid(found.disagreement), found.affine, description=DISAGREEMENT_UNIT)
        return _download(path)


@router.get("/sample_sets/{set_id}/samples.seg.nrrd", summary="Consensus, interpretations and all samples in layers, cropped")
def layers(set_id: str) -> Response:
    """A .seg.nrrd file as 3D Slicer writes it."""
    kept = _sampler().kept(set_id)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{set_id}-samples.seg.nrrd"
        segments = segments_of(kept.sample_set, kept.interpretations)
        write_layered_seg_nrrd(path, segments, kept.sample_set.affine, kept.sample_set.shape)
        return _download(path)


@router.get("/sample_sets/{set_id}/report", summary="The reading report, one page to look at or print", response_class=HTMLResponse)
def report(set_id: str) -> HTMLResponse:
    """An HTML page that needs no other file."""
    kept = _sampler().kept(set_id)
    return HTMLResponse(reading_report(app_instance().volume(kept.image_id), kept.sample_set, datetime.now().astimezone()))


def _sampler() -> Sampler:
    return app_instance().sampler


def _download(path: Path) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{path.name}"'}
    return Response(path.read_bytes(), media_type="application/octet-stream", headers=headers)
