"""PUT /datastore/label: what stock clients submit as `final`, or under a rater's tag, becomes that rater's annotation.

MONAI Label's own overwrites the file that another reader submitted before, and does not say who the user is. Ours takes the same
arguments, asks for the same role, and answers only once the annotation is on the disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, FastAPI, File, Form, UploadFile
from monailabel.endpoints.user.auth import User
from monailabel.interfaces.utils.app import app_instance

from ssb.annotations.annotation import Origin
from ssb.annotations.regrid import segment_names
from ssb_app.rater_names import FINAL, check_tag, rater_of, rater_of_tag
from ssb_app.submissions import received
from ssb_app.web import annotator, put_before, read_params


def save_label(
    image: str,
    user: Annotated[User, Depends(annotator)],
    label: Annotated[UploadFile, File()],
    params: Annotated[str, Form()] = "{}",
    tag: str = FINAL,
) -> dict[str, Any]:
    """Keep a label; the answer has the ids of image and label, and the annotation's record where it became one."""
    app, tag, stated = app_instance(), tag or FINAL, read_params(params)
    check_tag(tag)
    app.image_path(image)
    named = rater_of_tag(tag)
    answer: dict[str, Any] = {"image": image, "label": image}
    with received(label) as file:
        if tag != FINAL and named is None:
            answer["label"] = app.datastore().save_label(image, str(file), tag, stated)
        else:
            client_id = stated.get("client_id")
            origin = origin_of(stated, app.sampler.last.of(client_id, image))
            origin = replace(origin, click=app.sampler.click_of(origin.sample_set, image))
            found = app.submissions.submit(image, file, rater_of(user, named, client_id), origin, segment_names(stated))
            answer["annotation"] = found.as_json()
    return {**(app.on_save_label(image, answer["label"]) or {}), **answer}


def origin_of(stated: Mapping[str, Any], started: Origin) -> Origin:
    """Where a stock client's submission comes from, by the params that it states beside the file and what it `started` from.

    3D Slicer's module is known by the names of its segments, "label_info". Clients that know of them may state "client", "sample_set" and
    "checkpoint", ours; without, the last two are those of the client's last answer for this image.
    """
    program = stated.get("client", "3D Slicer" if "label_info" in stated else "stock client")
    told = program, stated.get("sample_set", started.sample_set), stated.get("checkpoint", started.checkpoint)
    client, sample_set, checkpoint = (None if fact is None else str(fact)[:200] for fact in told)
    return Origin(client, sample_set, checkpoint)


def take_labels(app: FastAPI) -> None:
    """Put our route before MONAI Label's own."""
    put_before(app, "/datastore/label", save_label, "PUT")
