"""The stock routes of images, labels and what is noted of them, for ids and files that may be anybody's.

MONAI Label's own take any file under any name, end in status 500 for what is not there, and run on the event loop.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, FastAPI, File, Form, UploadFile
from fastapi.responses import FileResponse, Response
from monailabel.endpoints.user.auth import User
from monailabel.interfaces.utils.app import app_instance
from monailabel.utils.others.generic import file_checksum, get_mime_type, remove_file

from ssb.errors import InputError, NotFoundError
from ssb.volumes import read_volume
from ssb_app.rater_names import FINAL, check_tag
from ssb_app.stated import read_object
from ssb_app.store import IMAGE_EXTENSIONS, Studies
from ssb_app.submissions import received
from ssb_app.web import administrator, annotator, put_before, read_params, reader

DIGESTS = ("SHA256", "SHA512", "MD5")


def image_file(image: str) -> Response:
    """The file of an image."""
    return _file(_image_path(image))


def check_image_file(image: str, check_sum: str | None = None) -> dict[str, Any]:
    """{} where the image is there, and its digest ("SHA256:hex" or hex alone) is that."""
    path = _image_path(image)
    if check_sum:
        name, _, digest = check_sum.rpartition(":")
        if (name or DIGESTS[0]) not in DIGESTS:
            raise InputError(f"The check_sum names the digest {name[:20]!r}: it must be one of {', '.join(DIGESTS)}.")
        if digest != file_checksum(str(path), algo=name or DIGESTS[0]):
            raise NotFoundError("There is no such image: the one of this id has another digest.")
    return {}


def label_file(label: str, tag: str) -> Response:
    """The file of a label."""
    return _file(_label_path(label, tag))


def check_label_file(image: str, tag: str) -> dict[str, Any]:
    """{} where the image has a label of that tag."""
    _label_path(image, tag)
    return {}


def add_image(
    user: Annotated[User, Depends(annotator)],
    file: Annotated[UploadFile, File()],
    image: str | None = None,
    params: Annotated[str, Form()] = "{}",
) -> dict[str, Any]:
    """Keep a new image of the studies, once it is one that can be sampled."""
    store, stated = _studies(), read_params(params)
    name = image or _stem(file.filename or "")
    with received(file, IMAGE_EXTENSIONS) as path:
        read_volume(path)
        return {"image": store.add_image(name, str(path), {**stated, "user": user.username})}


def remove_image(id: str) -> dict[str, Any]:
    """Delete an image that was uploaded."""
    store = _studies()
    _check_known(id)
    store.remove_image(id)
    return {}


def remove_label(id: str, tag: str) -> dict[str, Any]:
    """Delete a label that is nobody's annotation."""
    store = app_instance().datastore()
    _check_known(id)
    if not store.annotations.raters(id) or tag != FINAL:
        _label_path(id, tag)
    store.remove_label(id, tag)
    return {}


def note_image(image: str, user: Annotated[User, Depends(annotator)], info: Annotated[str, Form()] = "{}") -> Any:
    """Note facts of an image."""
    stated = read_object(info, "facts")
    if not isinstance(stated.get("strategy", {}), dict):
        raise InputError("The fact strategy must be an object: MONAI Label keeps there when an image was offered.")
    _check_known(image)
    app_instance().image_path(image)  # fetches it where it comes from a PACS
    return app_instance().datastore().update_image_info(image, {**stated, "user": user.username})


def note_label(label: str, tag: str, user: Annotated[User, Depends(annotator)], info: Annotated[str, Form()] = "{}") -> Any:
    """Note facts of a label."""
    stated = read_object(info, "facts")
    _label_path(label, tag)
    return app_instance().datastore().update_label_info(label, tag, {**stated, "user": user.username})


def note_label_by_params(label: str, tag: str, user: Annotated[User, Depends(annotator)], params: Annotated[str, Form()] = "{}") -> Any:
    """The same under the form's older name."""
    return note_label(label, tag, user, params)


def data_set(background_tasks: BackgroundTasks, limit_cases: int | None = None) -> Response:
    """Images and their newest annotations in a zip archive."""
    store = app_instance().datastore()
    if not store.datalist():
        raise NotFoundError("No image is annotated yet, so there is no data set to download.")
    path = store.get_dataset_archive(limit_cases)
    background_tasks.add_task(remove_file, path)
    return FileResponse(path, media_type="application/zip", filename="dataset.zip")


def guard_datastore(app: FastAPI) -> None:
    """Put our routes before MONAI Label's own."""
    put_before(app, "/datastore/image", image_file, "GET", [Depends(reader)])
    put_before(app, "/datastore/image", check_image_file, "HEAD", [Depends(reader)])
    put_before(app, "/datastore/label", label_file, "GET", [Depends(reader)])
    put_before(app, "/datastore/label", check_label_file, "HEAD", [Depends(reader)])
    put_before(app, "/datastore/dataset", data_set, "GET", [Depends(annotator)])
    put_before(app, "/datastore/image/info", note_image, "PUT")
    put_before(app, "/datastore/label/info", note_label, "PUT")
    put_before(app, "/datastore/updatelabelinfo", note_label_by_params, "PUT")
    put_before(app, "/datastore/label", remove_label, "DELETE", [Depends(administrator)])
    for path in ("/datastore/", "/datastore/image"):
        put_before(app, path, add_image, "PUT")
        put_before(app, path, remove_image, "DELETE", [Depends(administrator)])


def _studies() -> Studies:
    store = app_instance().datastore()
    if not isinstance(store, Studies):
        raise InputError("The images come from a PACS: add them there, and delete them there.")
    return store


def _check_known(image: str) -> None:
    if image not in app_instance().datastore().list_images():
        raise NotFoundError(f"There is no image '{image[:80]}' in the studies.")


def _image_path(image: str) -> Path:
    """The image as one file, which a DICOM series becomes on the first call."""
    app = app_instance()
    app.image_path(image)
    return Path(app.datastore().get_image_uri(image))


def _label_path(label: str, tag: str) -> Path:
    check_tag(tag)
    path = Path(app_instance().datastore().get_label_uri(label, tag))
    if not path.is_file():
        raise NotFoundError(f"There is no label '{tag}' of the image '{label[:80]}'.")
    return path


def _stem(name: str) -> str:
    """The file's name without folders, as any system writes them, and without its ending."""
    name = name.replace("\\", "/").rpartition("/")[2]
    ending = next((one for one in IMAGE_EXTENSIONS if name.lower().endswith(one)), "")
    return name[: len(name) - len(ending)]


def _file(path: Path) -> Response:
    return FileResponse(path, media_type=get_mime_type(str(path)), filename=os.path.basename(path))
