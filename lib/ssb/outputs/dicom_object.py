"""What all DICOM objects that we write share: who wrote them, their codes, their UIDs, and how they refer to the source's slices."""

from __future__ import annotations

import json
import uuid
from typing import Any, TypedDict

from highdicom.content import AlgorithmIdentificationSequence
from highdicom.sr import CodedConcept
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code
from pydicom.uid import UID

from ssb import __version__
from ssb.volumes.dicom_source import SourcePart

PRODUCT = "SSB Label"

ABNORMAL = Code("49755003", "SCT", "Morphologically Abnormal Structure")
LESION = Code("52988006", "SCT", "Lesion")
SEGMENTATION = Code("113076", "DCM", "Segmentation")
PIXEL_MEAN = Code("113049", "DCM", "Pixel by pixel mean")
SOURCE_IMAGE = Code("121322", "DCM", "Source image for image processing operation")
ARTIFICIAL_INTELLIGENCE = Code("123110", "DCM", "Artificial Intelligence")

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:ssb-label:dicom:1")
"""Of the UIDs that `derived_uid` makes. Its number grows when the same result is to be written in another way."""

LONGEST = 64
"""Characters in a long string (VR LO, PS3.5 6.2)."""


class Equipment(TypedDict):
    """The arguments with which highdicom says what wrote an object."""

    manufacturer: str
    manufacturer_model_name: str
    software_versions: str
    device_serial_number: str


EQUIPMENT: Equipment = {
    "manufacturer": PRODUCT,
    "manufacturer_model_name": PRODUCT,
    "software_versions": __version__,
    "device_serial_number": "0",
}


def algorithm(version: str, parameters: dict[str, str] | None = None) -> AlgorithmIdentificationSequence:
    """The algorithm that drew a segment (PS3.3 10.16)."""
    return AlgorithmIdentificationSequence(PRODUCT, ARTIFICIAL_INTELLIGENCE, version, parameters=parameters)


def derived_uid(*facts: Any) -> UID:
    """A UID that follows from `facts`, plain JSON types: a name-based UUID (RFC 9562, version 5) under 2.25 (PS3.5 B.2)."""
    return UID(f"2.25.{uuid.uuid5(NAMESPACE, json.dumps(facts)).int}")


def finish(made: Dataset, part: SourcePart, derivation: Code, description: str) -> None:
    """Let every frame of a multi-frame object say from which slice, at the same place, it was derived (PS3.3 C.7.6.16.2.6).

    part: what highdicom was given as source images; where several are frames of one file, the object names that file once.
    derivation: of CID 7203. The object's text is stored as UTF-8.
    """
    for frame in made.PerFrameFunctionalGroupsSequence:
        image = part.reference(frame.PlanePositionSequence[0].ImagePositionPatient)
        image.PurposeOfReferenceCodeSequence = [CodedConcept.from_code(SOURCE_IMAGE)]
        image.SpatialLocationsPreserved = "YES"
        item = Dataset()
        item.DerivationDescription = description
        item.DerivationCodeSequence = [CodedConcept.from_code(derivation)]
        item.SourceImageSequence = [image]
        frame.DerivationImageSequence = [item]
    made.SourceImageSequence = _each_once(made.SourceImageSequence)
    for series in made.ReferencedSeriesSequence:
        series.ReferencedInstanceSequence = _each_once(series.ReferencedInstanceSequence)
    made.SpecificCharacterSet = "ISO_IR 192"


def _each_once(references: list[Dataset]) -> list[Dataset]:
    return list({one.ReferencedSOPInstanceUID: one for one in references}.values())
