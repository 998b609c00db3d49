"""A sample set's DICOM objects into the PACS, each once."""

from __future__ import annotations

from dataclasses import dataclass

from ssb.outputs.dicom_results import OBJECTS, object_uids
from ssb.plausible import SampleSet
from ssb.volumes.dicom_source import SourceSeries
from ssb_app.pacs_client import Pacs


@dataclass(frozen=True)
class Stored:
    """One object in the PACS: its name, its SOPInstanceUID, and whether it was there before."""

    kind: str
    uid: str
    was_there: bool


def store_results(pacs: Pacs, sample_set: SampleSet, source: SourceSeries) -> list[Stored]:
    """Store each of `ssb.outputs.dicom_results.OBJECTS` that the PACS does not have yet.

    Their UIDs follow from samples, request and series, and the PACS is asked first, for there are some that keep a second copy of a UID.
    Raises PacsError, and what the OBJECTS raise.
    """
    stored = []
    for kind, uid in object_uids(sample_set, source).items():
        was_there = bool(pacs.instances({"SOPInstanceUID": uid}))
        if not was_there:
            pacs.store(OBJECTS[kind](sample_set, source))
        stored.append(Stored(kind, str(uid), was_there))
    return stored
