"""A folder of studies as MONAI Label's datastore: NIfTI and NRRD files and DICOM series, the originals untouched."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from typing import Any

from fastapi import HTTPException
from monailabel.config import settings

from ssb.annotations.names import plain_name
from ssb.annotations.store import AnnotationStore
from ssb.errors import InputError, SSBError
from ssb.volumes.dicom_index import ENDING
from ssb_app.final_labels import FinalLabels
from ssb_app.folders import ANNOTATIONS_FOLDER, LABELS_FOLDER, OWN_FOLDER
from ssb_app.header_facts import facts_in
from ssb_app.series import copy_of, find_series, folder_of, forget_others, index, index_of, record_of

logger = logging.getLogger(__name__)

EXTENSIONS = ("*.nii.gz", "*.nii", "*.nrrd", "*.seg.nrrd", f"*{ENDING}")
"""Of images and annotations. MONAI Label takes the last that fits: of a `.seg.nrrd` its own, of a series that has a copy its index."""

LONGEST_ID = 150
"""Characters of the id of an image that is added (our choice)."""

IMAGE_EXTENSIONS = (".nii.gz", ".nii", ".nrrd")


class Studies(FinalLabels):
    """A folder's images; what lay in it before is never overwritten or deleted through the server, which MONAI Label's own would do."""

    def source(self, image_id: str) -> Path:
        """The index of a series; else the image's file."""
        return index_of(Path(self._datastore.image_path()), image_id) or super().source(image_id)

    def get_image_uri(self, image_id: str) -> str:
        """MONAI Label's own; a series is converted on the first call."""
        index = index_of(Path(self._datastore.image_path()), image_id)
        return str(super().get_image_uri(image_id) if index is None else copy_of(index))

    def add_image(self, image_id: str, image_filename: str, image_info: dict[str, Any]) -> str:
        """MONAI Label's own, for new ids only, and not for an index, which would name files of the server."""
        if image_filename.lower().endswith(ENDING):
            raise HTTPException(422, f"The image {Path(image_filename).name} cannot be added: upload a file .nii.gz, .nii or .nrrd.")
        name = plain_name(image_id or self._to_id(Path(image_filename).name)[0], "image id", LONGEST_ID)
        if name.casefold() in {known.casefold() for known in self.list_images()}:
            raise HTTPException(409, f"The image cannot be added as '{name}': there is an image of this name.")
        return str(super().add_image(name, image_filename, image_info))

    def dicom_folder(self, image_id: str) -> Path:
        """Where the DICOM series of an image lies; an InputError for an image that came as another file."""
        folder = folder_of(Path(self._datastore.image_path()), image_id)
        if folder is None:
            raise InputError(f"The image '{image_id}' never was DICOM: DICOM objects need the series that they refer to.")
        return folder

    def came_as_dicom(self, image_id: str) -> bool:
        """Whether the image came as a DICOM series."""
        return folder_of(Path(self._datastore.image_path()), image_id) is not None

    def header_facts(self, image_id: str) -> dict[str, str]:
        """What the DICOM header of an image says of it, see `ssb_app.header_facts`; {} for an image that came as another file."""
        folder = folder_of(Path(self._datastore.image_path()), image_id)
        return {} if folder is None else facts_in(folder, image_id)

    def remove_image(self, image_id: str) -> None:
        """MONAI Label's own, for images that were uploaded and that nobody annotated."""
        copies = Path(self._datastore.image_path())
        of_the_folder = any((copies / f"{image_id}{ext}").is_symlink() for ext in IMAGE_EXTENSIONS)
        if of_the_folder or record_of(copies, image_id).exists():
            raise HTTPException(403, f"The image '{image_id}' belongs to the studies folder: this server deletes only uploaded images.")
        if self.annotations.raters(image_id):
            raise HTTPException(403, f"The image '{image_id}' has annotations, which are kept for ever, so it stays too.")
        super().remove_image(image_id)
        self.refresh()  # MONAI Label waits until it sees that the file is gone


def open_studies(folder: Path, annotations: Path | None = None) -> Studies:
    """The datastore of all images in `folder` and its subfolders.

    MONAI Label lists the files of one folder, so the hidden folder .ssb/images holds a link for each NIfTI or NRRD file, under its
    path in `folder` with "-" between the parts, and an index of each DICOM series, under its series UID (folder names of DICOM exports
    often carry the patient's name). Every annotation is kept in the folder `annotations`, by default
    .ssb/annotations; labels/final holds a copy of each image's newest, and labels/<tag> what has another tag.
    A series that cannot be read is named in the log, with the reason. Raises InputError where no image can be served or the folder
    cannot be written.
    """
    images = folder / OWN_FOLDER / "images"
    try:
        images.mkdir(parents=True, exist_ok=True)
        _drop_dead_links(images)
        _link_files(folder, images)
        problems = _index_series(folder, images)
    except OSError as error:
        raise InputError(f"The studies folder '{folder}' cannot be written, but annotations are kept in it: {error.strerror}.") from error
    if not any(images.iterdir()):
        reason = f": {problems[0]}" if problems else ", neither as NIfTI or NRRD file nor as DICOM series."
        raise InputError(f"The studies folder '{folder}' holds no image that can be served{reason}")
    return Studies(
        str(folder),
        AnnotationStore(annotations or folder / OWN_FOLDER / ANNOTATIONS_FOLDER),
        images_dir=f"{OWN_FOLDER}/images",
        labels_dir=LABELS_FOLDER,
        datastore_config=f"{OWN_FOLDER}/datastore_v2.json",
        extensions=EXTENSIONS,
        auto_reload=settings.MONAI_LABEL_DATASTORE_AUTO_RELOAD,
        read_only=settings.MONAI_LABEL_DATASTORE_READ_ONLY,
    )


def folders_of(folder: Path) -> list[Path]:
    """`folder` and its subfolders that may hold images: neither hidden ones nor the annotations."""
    found = []
    for place, names, _ in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith(".") and Path(place, name) != folder / LABELS_FOLDER)
        found.append(Path(place))
    return found


def _link_files(folder: Path, images: Path) -> None:
    for place in folders_of(folder):
        for file in sorted(place.iterdir()):
            extension = next((e for e in IMAGE_EXTENSIONS if file.name.lower().endswith(e)), None)
            if extension is None or file.name.lower().endswith(".seg.nrrd") or file.name.startswith(".") or not file.is_file():
                continue
            image_id = "-".join(file.relative_to(folder).parts)[: -len(extension)]
            _link(file, images / f"{image_id}{extension}")


def _link(file: Path, link: Path) -> None:
    if link.exists():
        copied = not link.is_symlink() and link.stat().st_mtime_ns == file.stat().st_mtime_ns
        if not copied and link.resolve() != file.resolve():
            logger.warning(f"The file {file.name} is not served: another image has the id {link.name} already.")
        return
    try:
        link.symlink_to(os.path.relpath(file, link.parent))
    except OSError:  # a file system without links
        shutil.copy2(file, link)


def _drop_dead_links(images: Path) -> None:
    for link in images.iterdir():
        if link.is_symlink() and not link.exists():
            link.unlink()


def _index_series(folder: Path, images: Path) -> list[str]:
    """Index what is new or changed; the sentences of the series that could not be read."""
    problems = []
    series = find_series(folders_of(folder))
    forget_others(series, images)
    for number, one in enumerate(series, start=1):
        try:
            if index(one, images):
                logger.info(f"DICOM series {number} of {len(series)} is indexed: {one.uid}")
        except SSBError as error:
            logger.warning(f"The DICOM series {one.uid} is not served: {error}")
            problems.append(str(error))
    return problems
