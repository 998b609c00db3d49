"""An annotation as a DICOM Segmentation, so that any viewer of the PACS shows who drew what."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
from highdicom.content import AlgorithmIdentificationSequence
from highdicom.seg import SegmentAlgorithmTypeValues, Segmentation, SegmentationTypeValues, SegmentDescription
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code
from pydicom.uid import UID, generate_uid

from ssb import __version__
from ssb.annotations.annotation import Annotation
from ssb.errors import InputError
from ssb.volumes.dicom_grid import order_slices
from ssb.volumes.dicom_scan import find_series
from ssb.volumes.subgrid import SubGrid
from ssb.volumes.volume import Volume

SERIES_NUMBER = 900
"""Of the series we add to a study (our choice: above what scanners use)."""

ABNORMAL = Code("49755003", "SCT", "Morphologically Abnormal Structure")
LESION = Code("52988006", "SCT", "Lesion")
ARTIFICIAL_INTELLIGENCE = Code("123110", "DCM", "Artificial Intelligence")

_LONGEST = 64


def seg_uid(annotation: Annotation) -> UID:
    """The SOPInstanceUID of the annotation's segmentation, always the same: so a copy in a PACS is known as ours and made once."""
    return _uid(annotation, "instance")


def annotation_seg(annotation: Annotation, mask: Volume, series: Path) -> Dataset:
    """The annotation as a BINARY Segmentation of one segment (PS3.3 A.51), in a series of its own.

    mask: bool, on the grid of the image that the folder `series` holds as DICOM, one file a slice. The rater stands in
    ContentCreatorName and in the segment's label; frames without a voxel are left out, unless all are.
    Raises InputError for a folder without exactly one whole series, for multi-frame files, and for a mask on another grid.
    """
    slices, affine = order_slices(find_series(series).slices(), series.name)
    if any(one.frame for one in slices):
        raise InputError(f"The image {annotation.image} has several slices in a file: its annotations are not copied to the PACS.")
    columns, rows = slices[0].size
    placed = SubGrid.of(mask.affine, mask.array.shape, affine, (columns, rows, len(slices)), annotation.image).placed(mask.array)
    rater = _text(annotation.rater)
    segment = SegmentDescription(
        1,
        f"annotation by {rater}"[:_LONGEST],
        ABNORMAL,
        LESION,
        SegmentAlgorithmTypeValues.SEMIAUTOMATIC,  # it begins with a mask of the model as a rule
        AlgorithmIdentificationSequence("SSB Label", ARTIFICIAL_INTELLIGENCE, __version__),
    )
    made = Segmentation(
        source_images=[pydicom.dcmread(one.path, stop_before_pixels=True) for one in slices],
        pixel_array=np.ascontiguousarray(placed.transpose(2, 1, 0)).astype(np.uint8),
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[segment],
        series_instance_uid=_uid(annotation, "series"),
        series_number=SERIES_NUMBER,
        sop_instance_uid=seg_uid(annotation),
        instance_number=annotation.version,
        manufacturer="SSB Label",
        manufacturer_model_name="SSB Label",
        software_versions=__version__,
        device_serial_number="0",
        content_label="ANNOTATION",
        content_creator_name=f"{rater}^",
        series_description=f"Annotation by {rater}, version {annotation.version}"[:_LONGEST],
    )
    made.SpecificCharacterSet = "ISO_IR 192"
    return made


def _uid(annotation: Annotation, kind: str) -> UID:
    return generate_uid(entropy_srcs=[kind, annotation.image, annotation.rater, str(annotation.version), annotation.sha256])


def _text(rater: str) -> str:
    """The name without the characters that separate parts in DICOM, short enough for a PersonName."""
    return "".join(" " if c in "\\^=" or not c.isprintable() else c for c in rater)[: _LONGEST - 2].strip() or "unknown"
