"""What readers submit becomes their annotation: any road into the annotation store ends here."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fastapi import UploadFile

from ssb.annotations.annotation import Annotation, Origin
from ssb.annotations.regrid import on_grid
from ssb.annotations.store import AnnotationStore
from ssb.errors import InputError
from ssb.volumes import Volume
from ssb_app.audit import note
from ssb_app.metrics import SUBMISSIONS

logger = logging.getLogger(__name__)

ENDINGS = (".seg.nrrd", ".nii.gz", ".nii", ".nrrd", ".dcm")


class Submissions:
    """The way of a submitted file: onto the image's grid, into the store, into view.

    store: where annotations are kept. volume: the image of an id; a NotFoundError where there is none. show: told the image's id once
    an annotation of it is kept, to bring what stock clients read up to date; it may fail without harm to the annotation.
    """

    def __init__(self, store: AnnotationStore, volume: Callable[[str], Volume], show: Callable[[str], None]) -> None:
        self.store = store
        self._volume = volume
        self._show = show

    def submit(self, image: str, file: Path, rater: str, origin: Origin, names: Sequence[str] = ()) -> Annotation:
        """Keep the file as the rater's next version; it is on the disk when this returns.

        names: what the client calls the labels of the file. Raises what `on_grid` and `AnnotationStore.submit` raise.
        """
        volume = self._volume(image)
        mask = on_grid(file, volume, names)
        found = self.store.submit(image, rater, mask, volume.affine, origin)
        SUBMISSIONS.inc()
        note(image=image, rater=rater, version=found.version)
        logger.info(f"Version {found.version} of rater {rater} on image {image} is kept: {found.voxels} voxels")
        try:
            self._show(image)
        except Exception:  # the annotation is kept: an error now would tell the reader that it is not
            logger.exception(f"The newest annotation of image {image} cannot be shown as final")
        return found


@contextmanager
def received(upload: UploadFile, endings: Sequence[str] = ENDINGS) -> Iterator[Path]:
    """The uploaded file in a temporary folder, under a name that keeps only its kind: names of files may tell the patient's.

    Raises InputError for an ending that is none of `endings`.
    """
    ending = next((ending for ending in endings if (upload.filename or "").lower().endswith(ending)), None)
    if ending is None:
        raise InputError(f"The submitted file is of no kind we read: its name must end in {', '.join(endings)}.")
    with tempfile.TemporaryDirectory(prefix="ssb-received-") as folder:
        yield keep_upload(upload, Path(folder) / f"received{ending}")


def keep_upload(upload: UploadFile, path: Path) -> Path:
    """The uploaded file as `path`."""
    with path.open("wb") as file:
        shutil.copyfileobj(upload.file, file)
    return path
