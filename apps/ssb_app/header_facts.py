"""What tells one image from another in a list: the few facts of a DICOM header that a reader looks for."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydicom.dataset import Dataset

from ssb.errors import SSBError
from ssb.volumes.dicom_file import dicom_errors, open_dataset

KEYWORDS = {"patient": "PatientID", "date": "StudyDate", "modality": "Modality", "description": "SeriesDescription"}


def facts_of(header: Dataset) -> dict[str, str]:
    """patient (its id, never the name), date (YYYYMMDD), modality and description, those that the header states."""
    found = {fact: str(header.get(keyword, "") or "").strip() for fact, keyword in KEYWORDS.items()}
    return {fact: text for fact, text in found.items() if text}


@lru_cache(maxsize=4096)
def facts_in(folder: Path, series_uid: str) -> dict[str, str]:
    """The facts of a series by its first file in `folder`; {} where none can be read."""
    wanted = ["SeriesInstanceUID", *KEYWORDS.values()]
    for file in sorted(part for part in folder.iterdir() if part.is_file()):
        try:
            header = open_dataset(file, stop_before_pixels=True, specific_tags=wanted)
            with dicom_errors(file.name):
                if header.get("SeriesInstanceUID") == series_uid:
                    return facts_of(header)
        except SSBError:
            continue
    return {}
