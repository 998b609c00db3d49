"""Segmentations that people export from OHIF, or any viewer, into the PACS become their annotations, each once."""

from __future__ import annotations

import logging
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from pydicom.dataset import Dataset

from ssb.annotations.annotation import UNKNOWN, Annotation, Origin
from ssb.annotations.as_dicom import seg_uid
from ssb.annotations.dicom_seg import creator_of
from ssb.annotations.store import AnnotationStore
from ssb.audit import AuditLog, Entry
from ssb.errors import InputError, SSBError
from ssb.outputs.dicom_seg import is_sample_set
from ssb_app.audit import record
from ssb_app.pacs_client import Instance, Pacs
from ssb_app.submissions import Submissions

logger = logging.getLogger(__name__)

LOOK_SECONDS = 60.0
"""How often the PACS is asked for new segmentations (our choice)."""


@dataclass
class Look:
    """What one look at the PACS found: annotations that are new, and why other new segmentations are none, by SOPInstanceUID."""

    taken: list[Annotation] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


class Exports:
    """Reads new segmentations of the PACS. The rater is who the object names as its creator, else "unknown".

    The store remembers by each annotation's origin what was read, so a restart or a crash takes nothing twice. What was refused is
    remembered while the server runs, and looked at again after a restart. audit: what was taken is recorded there.
    """

    def __init__(self, pacs: Pacs, submissions: Submissions, audit: AuditLog | None = None) -> None:
        self._pacs = pacs
        self._submissions = submissions
        self._audit = audit
        self._done = _known(submissions.store)
        self._looking = threading.Lock()

    def look(self) -> Look:
        """Take what is new now. Raises PacsError where the PACS does not answer."""
        with self._looking:
            found = Look()
            for at in self._pacs.instances({"Modality": "SEG"}):
                if at.uid in self._done:
                    continue
                try:
                    found.taken += self._take(at)
                except SSBError as error:
                    logger.warning(f"The segmentation {at.uid} in the PACS is not taken as an annotation: {error}")
                    found.refused[at.uid] = str(error)
                    if not isinstance(error, InputError):  # not the object's fault: the next look tries again
                        continue
                self._done.add(at.uid)
            return found

    def watch(self) -> None:
        """Look every LOOK_SECONDS in a thread of its own, which ends with the program."""
        threading.Thread(target=self._watch, name="SEG exports", daemon=True).start()

    def _watch(self) -> None:
        pause = threading.Event()
        while not pause.wait(LOOK_SECONDS):
            try:
                self.look()
            except Exception:  # such as a PACS that restarts: the next look may succeed
                logger.exception("The PACS was not searched for new segmentations")

    def _take(self, at: Instance) -> list[Annotation]:
        dataset = self._pacs.object(at)
        if is_sample_set(dataset):
            return []
        image = _image_of(dataset)
        if at.uid in {seg_uid(one) for one in _annotations(self._submissions.store, image)}:
            return []
        rater = creator_of(dataset)
        if rater is None:
            logger.warning(f"The segmentation {at.uid} names no ContentCreatorName: it is kept as a version of the rater '{UNKNOWN}'")
        origin = Origin(client=str(dataset.get("Manufacturer") or "DICOM SEG"), source=at.uid)
        with tempfile.TemporaryDirectory(prefix="ssb-export-") as folder:
            path = Path(folder) / "export.dcm"
            dataset.save_as(path, write_like_original=False)
            found = self._submissions.submit(image, path, rater or UNKNOWN, origin)
        if self._audit is not None:
            detail: dict[str, int | str] = {"version": found.version, "source": at.uid}
            record(self._audit, Entry(found.rater, "pacs.export", "kept", image, detail=detail), durable=True)
        return [found]


def _image_of(dataset: Dataset) -> str:
    """The UID of the series that the segmentation was drawn on (PS3.3 C.12.1.1, ReferencedSeriesSequence)."""
    series = dataset.get("ReferencedSeriesSequence") or []
    if len(series) != 1 or not series[0].get("SeriesInstanceUID"):
        raise InputError(f"It refers to {len(series)} series: a segmentation must say on which one it was drawn.")
    return str(series[0].SeriesInstanceUID)


def _annotations(store: AnnotationStore, image: str) -> list[Annotation]:
    return [version for rater in store.raters(image) for version in store.versions(image, rater)]


def _known(store: AnnotationStore) -> set[str]:
    """The UIDs of all segmentations that were read into the store or written from it."""
    kept = [one for image in store.images() for one in _annotations(store, image)]
    return {str(seg_uid(one)) for one in kept} | {one.origin.source for one in kept if one.origin.source}
