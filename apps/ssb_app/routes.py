"""Our own HTTP routes: sample sets as JSON summaries and as files."""

from __future__ import annotations

import tempfile
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import HTMLResponse, Response
from monailabel.config import settings
from monailabel.interfaces.utils.app import app_instance
from pydantic import BaseModel, Field

from ssb.errors import InputError
from ssb.lesion import Progress
from ssb.outputs.reading_report import reading_report
from ssb.outputs.seg_nrrd import segments_of, write_layered_seg_nrrd
from ssb.plausible import DISAGREEMENT_UNIT, Index
from ssb.point_text import read_point
from ssb.volumes import Volume
from ssb.volumes.write import write_array
from ssb_app import annotation_routes, dicom_routes, model_routes, next_image_routes, pacs_routes, raters_route, review_page, review_routes
from ssb_app.access.door import hang
from ssb_app.infer_route import serve_in_threads
from ssb_app.label_route import take_labels
from ssb_app.ohif_route import add_to_ohif
from ssb_app.options import read_options
from ssb_app.points import Points, read_voxel, read_voxels
from ssb_app.sampler import Sampler
from ssb_app.train_route import save_before_stop
from ssb_app.web import SentenceRoute, administrator, reader

router = APIRouter(prefix="/ssb", tags=["SSB"], route_class=SentenceRoute, dependencies=[Depends(reader)])


class Order(BaseModel):
    """A sample set to be made: give point or point_mm; absent options take their defaults."""

    image: str = Field(description="Id of an image of the studies.")
    point: Any = Field(None, description="The clicked voxel [i, j, k].")
    point_mm: Any = Field(None, description="The click in patient millimetres [x, y, z], LPS as in DICOM.")
    inside: Any = Field(None, description="Voxels [[i, j, k], ...] that every sample must cover.")
    outside: Any = Field(None, description="Voxels [[i, j, k], ...] that no sample may cover.")
    samples: Any = Field(None, description="Number of samples.")
    nfe: Any = Field(None, description="Network function evaluations a sample.")
    guidance: Any = Field(None, description="Weight of classifier-free guidance, 0 for none.")
    seed: Any = Field(None, description="Start of the random numbers.")
    progress: str | None = Field(None, description="A word of the client's own, under which GET /ssb/progress/{word} tells how far it is.")
    raters: Any = Field(None, description="Whose raters are imitated, site or published, where the checkpoint knows both.")


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
        serve_in_threads(app)
        take_labels(app)
        add_to_ohif(app)
        next_image_routes.take_next_image(app)
        save_before_stop(app)
        hang(app)


@router.get("/stats", summary="How many sample sets were made, and how many answers needed no sampling")
def stats() -> dict[str, int]:
    """Counts since the server started, and how many sets are kept."""
    sets = _sampler().sets
    return {"runs": sets.runs, "hits": sets.hits, "kept": len(sets.values())}


@router.get("/sample_sets", summary="The sample sets kept in memory, the most recently used last")
def list_sample_sets() -> list[dict[str, Any]]:
    """Their summaries."""
    return [kept.summary for kept in _sampler().sets.values()]


@router.post("/sample_sets", summary="Make a sample set, or find the one of an equal request")
def make_sample_set(order: Order) -> dict[str, Any]:
    """Its summary; the same request gives the same id."""
    if order.progress is None:
        return _make(order)
    with _sampler().progress.of(order.progress) as on_progress:
        return _make(order, on_progress)


def _make(order: Order, on_progress: Progress | None = None) -> dict[str, Any]:
    sampler = _sampler()
    path = app_instance().image_path(order.image)
    volume = sampler.volume(path)
    foreground = (_click(order, volume), *read_voxels(order.inside, "inside", volume))
    points = Points(foreground, read_voxels(order.outside, "outside", volume))
    serving = sampler.in_use.take()
    options = read_options(order.model_dump(exclude_none=True), serving.model.preset, serving.model.groups)
    return sampler.sample(order.image, path, points, options, serving, on_progress).summary


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


def _click(order: Order, volume: Volume) -> Index:
    if (order.point is None) == (order.point_mm is None):
        raise InputError("Give the click once: point, a voxel [i, j, k], or point_mm, patient millimetres [x, y, z].")
    if order.point is not None:
        return read_voxel(order.point, "point", volume)
    return volume.to_index(read_point(order.point_mm, "point_mm"))


def _download(path: Path) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{path.name}"'}
    return Response(path.read_bytes(), media_type="application/octet-stream", headers=headers)
