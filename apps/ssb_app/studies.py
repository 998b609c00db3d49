"""The studies that a command or the server is given: a folder, or a PACS by its DICOMweb address."""

from __future__ import annotations

from pathlib import Path

from ssb.errors import NotFoundError
from ssb_app.final_labels import FinalLabels
from ssb_app.pacs import open_pacs
from ssb_app.store import open_studies


def open_any(studies: str, annotations: Path | None) -> FinalLabels:
    """A folder of images and DICOM series, or the images of a DICOMweb server; see `open_studies` and `open_pacs`.

    Raises NotFoundError for a folder that does not exist, and what these raise.
    """
    if studies.startswith(("http://", "https://")):
        return open_pacs(studies, annotations)
    if not Path(studies).is_dir():
        raise NotFoundError(f"There is no studies folder '{studies}'.")
    return open_studies(Path(studies), annotations)
