"""All annotations of a site: each version kept for ever, whole or not there, and on the disk before it is acknowledged.

    root/<image>/<rater>/000001/mask.nii.gz     uint8, 1 where marked, on the image's grid
    root/<image>/<rater>/000001/record.json     the Annotation, with the mask's checksum
    root/.incoming/...                          what is being written, or what a killed process left behind

Folder names are those of `ssb.annotations.names`. A version is written as a folder in .incoming and synced; then one rename moves it to
its place. That rename is the commit point, and it decides between two processes that want the same number: it fails where the
target exists, so no lock is needed and none can be left behind by a process that was killed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from ssb.annotations.annotation import Annotation, Origin
from ssb.annotations.durable import CLOSED, FULL, sync
from ssb.annotations.incoming import RECORD, commit, folder_of, incoming, version_numbers
from ssb.annotations.names import folder_name, text_of
from ssb.errors import InputError, NotFoundError, SSBError, StorageError
from ssb.identity import sha256_of
from ssb.volumes.nifti import load_nifti, write_nifti
from ssb.volumes.volume import Volume

MASK = "mask.nii.gz"


class AnnotationStore:
    """The annotations under the folder `root`, which the first submission makes. Many threads and processes may share it.

    Raises InputError for an image's id or a rater's name that `folder_name` refuses, StorageError where the disk is full or must not be
    written, and SSBError where a record or mask was changed or damaged after it was submitted, or the disk fails.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def submit(self, image: str, rater: str, mask: np.ndarray, affine: np.ndarray, origin: Origin) -> Annotation:
        """Keep the mask as the rater's next version of this image; it is on the disk when this returns.

        mask: (I, J, K) bool; False everywhere is an annotation too. affine: (4, 4), index to LPS mm, kept in float32.
        A mask equal to the rater's latest becomes a version all the same (our choice): the rater looked again and agreed, and a
        second click on "submit" does no harm. Raises InputError for a mask of another kind.
        """
        home = self._home(image, rater)
        if mask.dtype != bool or mask.ndim != 3:
            raise InputError(f"The mask of image '{image}' is {mask.dtype} with the shape {mask.shape}: it must be bool with three axes.")
        with _disk_errors(f"The annotation of image '{image}' cannot be kept"), incoming(self.root) as folder:
            file = write_nifti(folder / MASK, mask, affine)
            sync(file)
            made = Annotation(
                image=image,
                rater=rater,
                version=0,
                time=datetime.now(timezone.utc).isoformat(timespec="microseconds"),
                origin=origin,
                file=file.name,
                sha256=sha256_of(file),
                voxels=int(mask.sum()),
                order=1 + sum(len(version_numbers(self._home(image, other))) for other in self.raters(image)),
            )
            made = commit(folder, home, made)
            for place in (home.parent, self.root):  # another process may have made them, and not have synced them yet
                sync(place)
        return made

    def images(self) -> list[str]:
        """Ids of the images that have an annotation, sorted."""
        return [image for image in _texts(self.root) if self.raters(image)]

    def raters(self, image: str) -> list[str]:
        """The raters that annotated the image, sorted; empty for an image without an annotation."""
        return [rater for rater in _texts(self.root / folder_name(image, "image's id")) if version_numbers(self._home(image, rater))]

    def versions(self, image: str, rater: str) -> list[Annotation]:
        """All that the rater submitted for the image, oldest first; empty where the annotation is absent."""
        return [self._record(image, rater, number) for number in version_numbers(self._home(image, rater))]

    def latest(self, image: str, rater: str) -> Annotation | None:
        """The rater's newest version; None where the annotation is absent."""
        numbers = version_numbers(self._home(image, rater))
        return self._record(image, rater, numbers[-1]) if numbers else None

    def newest(self, image: str) -> Annotation | None:
        """The version that was submitted last, whoever its rater is; None where all raters' annotations are absent."""
        found = [latest for rater in self.raters(image) if (latest := self.latest(image, rater)) is not None]
        return max(found, key=lambda latest: (latest.order, latest.time, latest.rater), default=None)

    def path(self, annotation: Annotation) -> Path:
        """The mask's file: compressed NIfTI, uint8, 1 where marked."""
        return self._home(annotation.image, annotation.rater) / folder_of(annotation.version) / annotation.file

    def read(self, annotation: Annotation) -> Volume:
        """The mask, (I, J, K) bool, on its grid; raises what `content` raises."""
        self.content(annotation)
        array, affine = load_nifti(self.path(annotation))
        return Volume(array.astype(bool), affine, annotation.image)

    def content(self, annotation: Annotation) -> bytes:
        """The bytes of the mask's file, checked. Raises NotFoundError where it is gone, SSBError where it is not what was submitted."""
        path, told = self.path(annotation), _told(annotation.image, annotation.rater, annotation.version)
        if not path.is_file():
            raise NotFoundError(f"There is no file of {told}.")
        with _disk_errors(f"The file of {told} cannot be read"):
            found = path.read_bytes()
        digest = hashlib.sha256(found).hexdigest()
        if digest != annotation.sha256:
            raise SSBError(f"The file of {told} is not what was submitted: its SHA-256 is {digest}, its record says {annotation.sha256}.")
        return found

    def _home(self, image: str, rater: str) -> Path:
        return self.root / folder_name(image, "image's id") / folder_name(rater, "rater's name")

    def _record(self, image: str, rater: str, number: int) -> Annotation:
        try:
            text = (self._home(image, rater) / folder_of(number) / RECORD).read_text(encoding="utf-8")
            found = Annotation.from_json(json.loads(text))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise SSBError(f"The record of {_told(image, rater, number)} is damaged: it cannot be read.") from error
        if found.file != MASK or not isinstance(found.sha256, str):
            raise SSBError(f"The record of {_told(image, rater, number)} is damaged: its mask must be the file {MASK}.")
        if (found.image, found.rater, found.version) != (image, rater, number):
            named = _told(found.image, found.rater, found.version)
            raise SSBError(f"The record of {_told(image, rater, number)} is damaged: it names {named}.")
        return found


def _told(image: str, rater: str, number: int) -> str:
    return f"version {number} of rater '{rater}' on image '{image}'"


def _texts(folder: Path) -> list[str]:
    """The ids whose folders lie in `folder`, sorted."""
    entries = folder.iterdir() if folder.is_dir() else iter(())
    return sorted(text for entry in entries if (text := text_of(entry.name)) is not None)


@contextmanager
def _disk_errors(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        kind = StorageError if error.errno in (*FULL, *CLOSED) else SSBError
        raise kind(f"{what}: {(error.strerror or str(error)).lower()}.") from error
