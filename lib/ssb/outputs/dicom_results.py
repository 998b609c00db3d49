"""The DICOM objects that a sample set becomes, as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.uid import UID

from ssb.atomic import replaced
from ssb.errors import InputError
from ssb.outputs import dicom_seg, parametric_map
from ssb.outputs.on_source import on_source, result_uid
from ssb.plausible import SampleSet
from ssb.volumes.dicom_source import SourceSeries

OBJECTS: dict[str, Callable[[SampleSet, SourceSeries], Dataset]] = {
    dicom_seg.KIND: dicom_seg.segmentation,
    parametric_map.KIND: parametric_map.parametric_map,
}
"""What is made of a sample set and the series it was drawn on, by the name of its file without ".dcm"."""


def write_objects(sample_set: SampleSet, source: SourceSeries, folder: Path) -> list[Path]:
    """Write all OBJECTS into `folder`, which exists, and return their paths; they replace those of an earlier call.

    Raises what the OBJECTS raise, before anything is written, and InputError where the folder cannot be written to.
    """
    made = {folder / f"{kind}.dcm": make(sample_set, source) for kind, make in OBJECTS.items()}
    try:
        for path, dataset in made.items():
            with replaced(path) as temporary:
                dataset.save_as(temporary, write_like_original=False)
    except OSError as error:
        raise InputError(f"The output folder {folder} cannot be written to: {error.strerror or error}.") from error
    return list(made)


def object_uids(sample_set: SampleSet, source: SourceSeries) -> dict[str, UID]:
    """The SOPInstanceUID of each of OBJECTS, without making them; raises what `on_source` raises."""
    placed = on_source(sample_set, source)
    return {kind: result_uid(placed, source, kind) for kind in OBJECTS}
