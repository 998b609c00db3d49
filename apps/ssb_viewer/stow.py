"""The body of a STOW-RS request (DICOM PS3.18, 10.5): segmentations get the annotator's name, everything else stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import pydicom
from pydicom.uid import SegmentationStorage
from requests_toolbelt import MultipartDecoder
from requests_toolbelt.multipart.decoder import ImproperBodyPartContentException, NonMultipartContentTypeException

from ssb.annotations.dicom_seg import LABEL_MAP_STORAGE, content_creator
from ssb.errors import InputError

DICOM = b"application/dicom"
UNSPECIFIED = "Unspecified"


@dataclass(frozen=True)
class Stored:
    """What is to be stored: the request's body, and the SOPInstanceUIDs of the segmentations in it."""

    body: bytes
    segmentations: list[str]


def named(body: bytes, content_type: str, annotator: str) -> Stored:
    """The body with `annotator` as ContentCreatorName of each DICOM Segmentation in it, whoever it named before.

    body: multipart/related of DICOM files, with the boundary that `content_type` states. Who stores a segmentation has drawn it: OHIF
    leaves the name empty, also where it edits another one's. It leaves the Manufacturer "Unspecified" too, which becomes "OHIF".
    Raises InputError for a body of another form and for a part that is no DICOM file.
    """
    boundary, parts = _parts(body, content_type)
    files = [_named_file(part, annotator) for part in parts]
    made = [b"--" + boundary + b"\r\nContent-Type: " + DICOM + b"\r\n\r\n" + content for content, _ in files]
    return Stored(b"\r\n".join([*made, b"--" + boundary + b"--\r\n"]), [uid for _, uid in files if uid is not None])


def _parts(body: bytes, content_type: str) -> tuple[bytes, list[bytes]]:
    """The boundary, and the content of each part."""
    try:
        decoder = MultipartDecoder(body, content_type)
    except (NonMultipartContentTypeException, ImproperBodyPartContentException, AttributeError) as error:
        raise InputError("What is stored must be multipart/related with DICOM files in it (STOW-RS).") from error
    if any(DICOM not in part.headers.get(b"Content-Type", DICOM) for part in decoder.parts) or not decoder.parts:
        raise InputError("What is stored must be DICOM files, each a part of the type application/dicom.")
    return decoder.boundary, [part.content for part in decoder.parts]


def _named_file(content: bytes, annotator: str) -> tuple[bytes, str | None]:
    """The file, and its SOPInstanceUID where it is a segmentation."""
    try:
        dataset = pydicom.dcmread(BytesIO(content))
        if dataset.get("SOPClassUID") not in (SegmentationStorage, LABEL_MAP_STORAGE):
            return content, None
        dataset.decode()
    except Exception as error:  # pydicom raises what its parsers happen to meet
        raise InputError("What is stored holds a part that cannot be read as a DICOM file.") from error
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.ContentCreatorName = content_creator(annotator)
    if dataset.get("Manufacturer") in (None, "", UNSPECIFIED):
        dataset.Manufacturer = "OHIF"
    made = BytesIO()
    dataset.save_as(made, write_like_original=False)
    return made.getvalue(), str(dataset.SOPInstanceUID)
