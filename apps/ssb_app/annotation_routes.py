"""Our HTTP routes for annotations: who drew what, each version's file, and submissions of our own viewers."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, File, Form, UploadFile
from fastapi.responses import Response
from monailabel.endpoints.user.auth import User
from monailabel.interfaces.utils.app import app_instance

from ssb.annotations.annotation import Origin
from ssb.annotations.listing import list_all, list_image
from ssb.errors import NotFoundError
from ssb_app.rater_names import rater_of
from ssb_app.submissions import Submissions, received
from ssb_app.web import SentenceRoute, annotator, reader

router = APIRouter(prefix="/ssb/annotations", tags=["SSB"], route_class=SentenceRoute)


@router.get("", summary="All annotations: images, their raters, their versions", dependencies=[Depends(reader)])
def list_annotations() -> dict[str, Any]:
    """{"images": {image: {"raters": {rater: {"latest": version, "versions": [record, ...]}}}}}; absent annotations are not named."""
    return list_all(_submissions().store)


@router.get("/{image}", summary="The annotations of one image", dependencies=[Depends(reader)])
def list_annotations_of(image: str) -> dict[str, Any]:
    """{"raters": ...} as above; empty for an image that nobody annotated."""
    found = list_image(_submissions().store, image)
    if not found["raters"]:
        app_instance().image_path(image)
    return found


@router.get("/{image}/{rater:path}", summary="The mask of one rater, the newest or any version", dependencies=[Depends(reader)])
def annotation_file(image: str, rater: str, version: int | None = None) -> Response:
    """A compressed NIfTI file, uint8, 1 where marked, on the image's grid."""
    store = _submissions().store
    versions = {one.version: one for one in store.versions(image, rater)}
    if not versions:
        raise NotFoundError(f"There is no annotation of image '{image}' by the rater '{rater}'.")
    wanted = max(versions) if version is None else version
    if wanted not in versions:
        raise NotFoundError(f"There is no version {wanted} of rater '{rater}' on image '{image}': the newest is {max(versions)}.")
    name = quote(f"{image}-{rater}-{wanted}.nii.gz", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=utf-8''{name}"}
    return Response(store.content(versions[wanted]), media_type="application/octet-stream", headers=headers)


@router.post("/{image}", summary="Submit a rater's mask; the answer comes once it is kept")
def submit_annotation(
    image: str,
    user: Annotated[User, Depends(annotator)],
    file: Annotated[UploadFile, File(description="The mask: .nii, .nii.gz, .nrrd, .seg.nrrd or .dcm.")],
    rater: Annotated[str | None, Form(description="Who drew it; with logins it is the user.")] = None,
    client: Annotated[str | None, Form(max_length=200, description="The program, such as OHIF.")] = None,
    sample_set: Annotated[str | None, Form(max_length=200, description="Id of the sample set it started from.")] = None,
    checkpoint: Annotated[str | None, Form(max_length=200, description="Name of the model that drew that.")] = None,
) -> dict[str, Any]:
    """The record of the annotation, with its version."""
    with received(file) as path:
        click = app_instance().sampler.click_of(sample_set, image)
        origin = Origin(client or None, sample_set or None, checkpoint or None, click=click)
        return _submissions().submit(image, path, rater_of(user, rater or None), origin).as_json()


def _submissions() -> Submissions:
    return app_instance().submissions
