"""The images of a PACS as MONAI Label's datastore: fetched when they are asked for, with the annotations kept here.

MONAI Label's own datastore for DICOMweb pushes each `final` label to the PACS and reads it back from there: then a rater overwrites
another, reading `final` ends in status 500, and one segmentation that it cannot read breaks the list of all. Here the annotation
store is the truth, `final` is a file beside it, and the PACS gets a copy of each rater's newest annotation as DICOM SEG.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from monailabel.config import settings
from monailabel.datastore.dicom import DICOMWebDatastore

from ssb.annotations.as_dicom import annotation_seg, seg_uid
from ssb.annotations.store import AnnotationStore
from ssb.errors import SSBError
from ssb.volumes.dicom_index import ENDING, write_index
from ssb_app.final_labels import FinalLabels
from ssb_app.header_facts import facts_of
from ssb_app.pacs_client import Pacs
from ssb_app.rater_names import FINAL
from ssb_app.series import copy_of, index_of, is_uid

logger = logging.getLogger(__name__)

LIST_SECONDS = 30.0
"""How long a list of the PACS' images is good (our choice; MONAI Label's own is good for two hours)."""

IMAGES_FOLDER = "images"
_INFO = ("StudyDate", "StudyTime", "Modality", "StudyInstanceUID")


class PacsStudies(FinalLabels):
    """The series of a PACS that fit MONAI Label's search filter (CT by default), each under its SeriesInstanceUID.

    cache: folder for images and `final` labels, all of which can be made again. annotations: the store, which cannot.
    """

    def __init__(self, pacs: Pacs, cache: Path, annotations: AnnotationStore) -> None:
        self.pacs = pacs
        self._fetching = threading.Lock()
        self._uncopied: set[str] = set()
        self._copies = ThreadPoolExecutor(1, thread_name_prefix="SEG copies")
        self._list: tuple[float, dict[str, dict[str, str]]] = (-LIST_SECONDS, {})
        super().__init__(str(cache), annotations, images_dir=IMAGES_FOLDER, extensions=("*.nii.gz", "*.nii", "*.nrrd", f"*{ENDING}"))

    def name(self) -> str:
        """The address of the PACS."""
        return self.pacs.address

    def list_images(self) -> list[str]:
        """The series in the PACS, asked again after LIST_SECONDS."""
        asked, found = self._list
        if time.monotonic() - asked >= LIST_SECONDS:
            listed = self.pacs.series(settings.MONAI_LABEL_DICOMWEB_SEARCH_FILTER)
            found = {str(one.SeriesInstanceUID): facts_of(one) for one in listed}
            self._list = (time.monotonic(), found)
        return list(found)

    def header_facts(self, image_id: str) -> dict[str, str]:
        """What the PACS said of an image when its images were listed, see `ssb_app.header_facts`."""
        return self._list[1].get(image_id, {})

    def came_as_dicom(self, image_id: str) -> bool:
        """Always: a PACS holds nothing else."""
        return True

    def get_labeled_images(self, label_tag: str | None = None, labels: list[str] | None = None) -> list[str]:
        """The images that any rater has annotated."""
        annotated = set(self.annotations.images())
        return [image for image in self.list_images() if image in annotated]

    def get_unlabeled_images(self, label_tag: str | None = None, labels: list[str] | None = None) -> list[str]:
        """The images that nobody has annotated."""
        annotated = set(self.annotations.images())
        return [image for image in self.list_images() if image not in annotated]

    def get_image_uri(self, image_id: str) -> str:
        """The image as a file on exactly the voxels of its slices, made on the first call; "" where the PACS does not have it.

        Raises what `source` and `ssb_app.series.copy_of` raise.
        """
        source = self.source(image_id)
        return str(copy_of(source)) if source.is_file() else ""

    def source(self, image_id: str) -> Path:
        """The index of the series, fetched on the first call; no file where the PACS does not have it.

        Raises PacsError, and InputError for a series that is no volume, such as one with missing slices.
        """
        images = Path(self._datastore.image_path())
        with self._fetching:
            found = index_of(images, image_id)
            if found is None or not self.dicom_folder(image_id).is_dir():
                found = self._fetch(image_id)
        return found or images / f"{image_id}{ENDING}"

    def get_label_uri(self, label_id: str, label_tag: str) -> str:
        """That of `FinalLabels`; `final` also where the cache was emptied and only the annotation is here."""
        if label_tag == FINAL:
            self.source(label_id)
        return super().get_label_uri(label_id, label_tag)

    def show_submitted(self, image_id: str) -> None:
        """Bring `final` up to date, and then, without waiting, give the PACS a copy of each rater's newest annotation from here."""
        self.show_final(image_id)
        self._copies.submit(self._copy_to_pacs, image_id)

    def identity(self, image_id: str) -> str:
        """The series' UID, which other voxels never have, so nothing is fetched to know it."""
        return image_id

    def dicom_folder(self, image_id: str) -> Path:
        """Where the slices of a fetched image lie, beside its file, as MONAI Label expects them."""
        return Path(self._datastore.image_path()) / image_id

    def _copy_to_pacs(self, image_id: str) -> None:
        """The copies of an image, and then of those that failed before: the PACS may have been away. The annotations are kept here."""
        for image in (image_id, *sorted(self._uncopied - {image_id})):
            self._uncopied.add(image)
            try:
                self._copy(image)
            except SSBError as error:
                logger.warning(f"The annotations of image {image} are not copied to the PACS yet: {error}")
            except Exception:
                logger.exception(f"The annotations of image {image} are not copied to the PACS yet")
            else:
                self._uncopied.discard(image)
                continue
            if image == image_id:
                return

    def _copy(self, image_id: str) -> None:
        for rater in self.annotations.raters(image_id):
            latest = self.annotations.latest(image_id, rater)
            if latest is None or latest.origin.source or self.pacs.instances({"SOPInstanceUID": seg_uid(latest)}):
                continue
            self.pacs.store(annotation_seg(latest, self.annotations.read(latest), self.dicom_folder(image_id)))
            logger.info(f"Version {latest.version} of rater {rater} on image {image_id} is copied to the PACS")

    def _fetch(self, image_id: str) -> Path | None:
        if not is_uid(image_id):
            return None
        found = [one for one in self.pacs.series({"SeriesInstanceUID": image_id}) if one.SeriesInstanceUID == image_id]
        if not found:
            return None
        folder = self.dicom_folder(image_id)
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetching-") as work:
                self.pacs.download(str(found[0].StudyInstanceUID), image_id, Path(work, image_id))
                Path(work, image_id).rename(folder)
        index = write_index(folder.with_name(f"{image_id}{ENDING}"), folder, image_id)
        self.refresh()
        info = {keyword: str(found[0].get(keyword, "")) for keyword in _INFO}
        self.update_image_info(image_id, {"SeriesInstanceUID": image_id, **info})
        return index


DICOMWebDatastore.register(PacsStudies)  # MONAI Label gives answers as DICOM SEG for datastores of this kind only


def open_pacs(address: str, annotations: Path | None = None) -> PacsStudies:
    """The datastore of the PACS whose DICOMweb root is `address`.

    annotations: folder of the annotation store; None for `annotations_folder`. Images are cached where MONAI Label's setting
    MONAI_LABEL_DICOMWEB_CACHE_PATH says, else in ~/.cache/ssb-label. Raises PacsError where it does not answer.
    """
    address = address.rstrip("/")
    cache = Path(settings.MONAI_LABEL_DICOMWEB_CACHE_PATH or Path.home() / ".cache" / "ssb-label") / _folder_of(address)
    studies = PacsStudies(Pacs(address), cache, AnnotationStore(annotations or annotations_folder(address)))
    studies.list_images()
    return studies


def annotations_folder(address: str) -> Path:
    """Where the annotations of a PACS' images are kept unless another folder is stated: the user's data folder (XDG), by its address.

    Not the cache folder (our choice): people empty caches, and annotations cannot be made again.
    """
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "ssb-label" / "annotations" / _folder_of(address)


def _folder_of(address: str) -> str:
    """Host and port to read, and a digest to tell servers on one host apart."""
    address = address.rstrip("/")
    host = re.sub(r"[^A-Za-z0-9.-]", "-", urlsplit(address).netloc.rpartition("@")[2])
    return f"{host}-{hashlib.sha256(address.encode()).hexdigest()[:8]}"
