"""Annotations as stock clients read them: the tag `final` and the tags of raters in a MONAI Label datastore."""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

from fastapi import HTTPException
from filelock import FileLock
from monailabel.datastore.local import DataModel, LocalDatastore

from ssb.annotations.annotation import Annotation
from ssb.annotations.store import AnnotationStore
from ssb.atomic import replaced
from ssb.errors import InputError, SSBError
from ssb.volumes.dicom_index import ENDING as INDEX
from ssb_app.annotations import check_readable
from ssb_app.rater_names import FINAL, check_tag, rater_of_tag

logger = logging.getLogger(__name__)

ENDING = ".nii.gz"


class FinalLabels(LocalDatastore):
    """A datastore that reads tags of raters from an annotation store, and keeps `final` a copy of each image's newest annotation.

    The store is the truth. The copy is what MONAI Label's lists, archives and "completed" count; it is made after a submission, and made
    up for at the start, or when somebody asks for `final`, where the server was killed in between or another server has submitted.
    """

    def __init__(self, datastore_path: str, annotations: AnnotationStore, **stock: Any) -> None:
        self.annotations = annotations
        self._reconciling = threading.Lock()
        super().__init__(datastore_path, **stock)
        for image in annotations.images():
            self._make_up_for(image)

    def show_final(self, image_id: str) -> None:
        """Make `final` the newest annotation of the image."""
        with FileLock(self._lock_file):
            newest, entry = self.annotations.newest(image_id), self._datastore.objects.get(image_id)
            if newest is None or entry is None:
                return
            file = Path(self._datastore.label_path(FINAL)) / f"{image_id}{ENDING}"
            info = {"name": file.name, "rater": newest.rater, "version": newest.version, "sha256": newest.sha256}
            shown = entry.labels.get(FINAL)
            if shown is not None and info.items() <= shown.info.items() and file.is_file():
                return
            with replaced(file) as path:
                shutil.copyfile(self.annotations.path(newest), path)
            entry.labels[FINAL] = DataModel(ext=ENDING, info={**info, "ts": int(time.time())})
            self._update_datastore_file(lock=False)

    def show_submitted(self, image_id: str) -> None:
        """What follows a submission: here `show_final`."""
        self.show_final(image_id)

    def source(self, image_id: str) -> Path:
        """The file from which the image's voxels are read in parts, see `Sampler.volume`; raises what `get_image_uri` raises."""
        return Path(super().get_image_uri(image_id))

    def datalist(self, full_path: bool = True) -> list[dict[str, Any]]:
        """MONAI Label's own; a DICOM series is listed as the file that it becomes where somebody asks for it."""
        listed = super().datalist(full_path)
        return [{**pair, "image": pair["image"].removesuffix(INDEX) + ENDING * pair["image"].endswith(INDEX)} for pair in listed]

    def get_dataset_archive(self, limit_cases: int | None) -> str:
        """MONAI Label's own, once the file of every image in it is there."""
        for image in self.get_labeled_images(FINAL):
            self.get_image_uri(image)
        return str(super().get_dataset_archive(limit_cases))

    def identity(self, image_id: str) -> str:
        """A text that changes where the image's file does, wherever the folder lies. Raises OSError where the file is gone."""
        facts = self.source(image_id).stat()
        return f"{facts.st_size} {facts.st_mtime_ns}"

    def save_label(self, image_id: str, label_filename: str, label_tag: str, label_info: dict[str, Any]) -> str:
        """MONAI Label's own, for tags that are not people's: `ssb_app.submissions` keeps what people submit."""
        check_tag(label_tag)
        if label_tag == FINAL or rater_of_tag(label_tag) is not None:
            raise InputError(f"The tag '{label_tag}' is for what people submit: keep a model's mask under another, such as 'original'.")
        check_readable(Path(label_filename))
        return str(super().save_label(image_id, label_filename, label_tag, label_info))

    def get_label_uri(self, label_id: str, label_tag: str) -> str:
        """MONAI Label's own, and the file of the newest version for the tag of a rater."""
        if label_tag == FINAL:
            self._make_up_for(label_id)
        latest = self._latest(label_id, label_tag)
        return str(self.annotations.path(latest)) if latest else str(super().get_label_uri(label_id, label_tag))

    def get_label_info(self, label_id: str, label_tag: str) -> dict[str, Any]:
        """MONAI Label's own, and the record of the newest version for the tag of a rater."""
        latest = self._latest(label_id, label_tag)
        return latest.as_json() if latest else dict(super().get_label_info(label_id, label_tag))

    def remove_label(self, label_id: str, label_tag: str) -> None:
        """MONAI Label's own, never for annotations: those are kept for ever."""
        if (label_tag == FINAL or rater_of_tag(label_tag)) and self.annotations.raters(label_id):
            raise HTTPException(403, f"The annotations of image '{label_id}' are kept for ever: submit a better one, or an empty one.")
        super().remove_label(label_id, label_tag)

    def _reconcile_datastore(self) -> None:
        with self._reconciling:  # a request and the watcher of the folder both call it
            super()._reconcile_datastore()

    def _remove_non_existing(self) -> int:
        # MONAI Label's own empties its table before it fills it again, so that who asks meanwhile is told that no image is there.
        self._init_from_datastore_file()
        table, removed = self._datastore, 0
        for image, entry in list(table.objects.items()):
            if not os.path.exists(os.path.join(table.image_path(), self._filename(image, entry.image.ext))):
                del table.objects[image]
                removed += 1
                continue
            for tag, label in list(entry.labels.items()):
                if not os.path.exists(os.path.join(table.label_path(tag), self._filename(image, label.ext))):
                    del entry.labels[tag]
                    removed += 1
        return removed

    def _latest(self, image: str, tag: str) -> Annotation | None:
        rater = rater_of_tag(tag)
        try:
            return self.annotations.latest(image, rater) if rater else None
        except InputError:  # names that no annotation can have
            return None

    def _make_up_for(self, image: str) -> None:
        try:
            self.show_final(image)
        except SSBError as error:
            logger.warning(f"The final label of image {image} is not brought up to date: {error}")

    def _update_datastore_file(self, lock: bool = True) -> None:
        """MONAI Label's own, whole at any moment: a half file would keep the server from starting again."""
        if lock:
            with FileLock(self._lock_file):
                self._update_datastore_file(lock=False)
            return
        target = Path(self._datastore_config_path)
        with replaced(target) as path:
            path.write_text(json.dumps(self._datastore.model_dump(exclude={"base_path"}), indent=2, default=str))
        self._config_ts = os.stat(target).st_mtime
