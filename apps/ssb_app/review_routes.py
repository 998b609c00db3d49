"""What the review page draws: the list of images, their voxels, the masks of a sample set, and how far a request is."""

from __future__ import annotations

import gzip
from dataclasses import asdict
from typing import Any

import numpy as np
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from monailabel.interfaces.utils.app import app_instance

from ssb.interpretation_sizes import sizes_within
from ssb.measurements import sizes
from ssb.outputs.labelmap import CONSENSUS as CONSENSUS_VIEW
from ssb.outputs.labelmap import labelmap
from ssb.outputs.palette import CONSENSUS, Color, interpretation_colors
from ssb.volumes.nifti import nifti_bytes
from ssb_app.sampler import KeptSet
from ssb_app.web import SentenceRoute, reader

router = APIRouter(prefix="/ssb", tags=["SSB"], route_class=SentenceRoute, dependencies=[Depends(reader)])

INT16 = np.iinfo(np.int16)


@router.get("/images", summary="The images of the studies, with what their headers say and who annotated them")
def list_images() -> list[dict[str, Any]]:
    """[{"id", "facts": {"patient", "date", "modality", "description"}, "raters": [rater, ...]}], by patient, date and id.

    Facts that the image's own header does not state are left out; a file that never was DICOM has none.
    """
    store = app_instance().datastore()
    found = [{"id": image, "facts": store.header_facts(image), "raters": store.annotations.raters(image)} for image in store.list_images()]
    return sorted(found, key=lambda one: (one["facts"].get("patient", ""), one["facts"].get("date", ""), one["id"]))


@router.get("/images/{image}/volume.nii", summary="The voxels of an image, whatever file it came as")
def volume_file(image: str) -> Response:
    """A NIfTI file without compression, which a browser need not undo: int16 where all values are whole and fit, else float32."""
    volume = app_instance().volume(image)
    return Response(nifti_bytes(for_display(volume.array), volume.affine), media_type="application/octet-stream")


@router.get("/progress/{word}", summary="How far the request is that a client gave this word")
def progress(word: str) -> dict[str, Any]:
    """{"running": whether it runs or waits for its turn, "done": share in [0, 1]}."""
    share = app_instance().sampler.progress.share(word)
    return {"running": share is not None, "done": share or 0.0}


@router.get("/sample_sets/{set_id}/review", summary="What a page needs to show a sample set: sizes, colours, and where its masks lie")
def review(set_id: str) -> dict[str, Any]:
    """{"box": {"start", "stop"}, "samples": [size], "interpretations": [size with interval and colour], "consensus": {"color"}}.

    The box is that of `/masks`; interpretations and samples come in the summary's order, colours as red, green, blue from 0 to 255.
    """
    kept = _kept(set_id)
    found, of_samples = kept.sample_set, sizes(kept.sample_set)
    within = sizes_within(kept.interpretations, of_samples)
    colors = interpretation_colors(kept.interpretations)
    return {
        "box": {"start": list(found.box.start), "stop": list(found.box.stop)},
        "samples": [asdict(size) for size in of_samples],
        "interpretations": [{**asdict(size), "color": _bytes(color)} for size, color in zip(within, colors, strict=True)],
        "consensus": {"color": _bytes(CONSENSUS)},
        "dicom": app_instance().datastore().came_as_dicom(kept.image_id),
    }


@router.get("/sample_sets/{set_id}/masks", summary="All samples inside the box of `/review`, one bit a voxel")
def masks(set_id: str) -> Response:
    """The bits of (samples, i, j, k), k fastest, most significant bit of a byte first, zeros to the last whole byte."""
    return Response(np.packbits(_kept(set_id).sample_set.masks).tobytes(), media_type="application/octet-stream")


@router.get("/sample_sets/{set_id}/mask.nii.gz", summary="One mask of a sample set on the image's grid")
def mask_file(set_id: str, show: str = CONSENSUS_VIEW) -> Response:
    """A compressed NIfTI file, uint8; show: consensus, levels, the name of an interpretation, or sample n."""
    kept = _kept(set_id)
    array, _ = labelmap(kept.sample_set, show)
    content = gzip.compress(nifti_bytes(array, kept.sample_set.affine), mtime=0)
    name = f"{set_id}-{show.replace(' ', '-')}.nii.gz"
    return Response(content, media_type="application/octet-stream", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def for_display(array: np.ndarray) -> np.ndarray:
    """The array as int16 where that loses nothing, else as float32."""
    if array.dtype == np.int16:
        return array
    fits = bool(np.all((array >= INT16.min) & (array <= INT16.max))) and bool(np.all(array == np.rint(array)))
    return array.astype(np.int16 if fits else np.float32)


def _bytes(color: Color) -> list[int]:
    return [round(255 * part) for part in color]


def _kept(set_id: str) -> KeptSet:
    return app_instance().sampler.kept(set_id)
