"""An annotation as a DICOM Segmentation, so that any viewer of the PACS shows who drew what."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from highdicom.seg import SegmentAlgorithmTypeValues, Segmentation, SegmentationTypeValues, SegmentDescription
from pydicom.dataset import Dataset
from pydicom.uid import UID, generate_uid

from ssb import __version__
from ssb.annotations.annotation import Annotation
from ssb.outputs.dicom_object import ABNORMAL, EQUIPMENT, LESION, LONGEST, SEGMENTATION, algorithm, finish
from ssb.volumes.dicom_source import SourceSeries
from ssb.volumes.subgrid import SubGrid
from ssb.volumes.volume import Volume

SERIES_NUMBER = 900
"""Of the series we add to a study (our choice: above what scanners use)."""


def seg_uid(annotation: Annotation) -> UID:
    """The SOPInstanceUID of the annotation's segmentation, always the same: so a copy in a PACS is known as ours and made once."""
    return _uid(annotation, "instance")


def annotation_seg(annotation: Annotation, mask: Volume, series: Path) -> Dataset:
    """The annotation as a BINARY Segmentation of one segment (PS3.3 A.51), in a series of its own.

    mask: bool, on the grid of the image that the folder `series` holds as DICOM. The rater stands in ContentCreatorName and in the
    segment's label; frames without a voxel are left out, unless all are.
    Raises InputError for a folder without exactly one whole series, and for a mask on another grid.
    """
    source = SourceSeries.read(series)
    placed = SubGrid.of(mask.affine, mask.array.shape, source.affine, source.shape, annotation.image).placed(mask.array)
    part = source.part(0, len(source.slices))
    rater = _text(annotation.rater)
    segment = SegmentDescription(
        1,
        f"annotation by {rater}"[:LONGEST],
        ABNORMAL,
        LESION,
        SegmentAlgorithmTypeValues.SEMIAUTOMATIC,  # it begins with a mask of the model as a rule
        algorithm(__version__),
    )
    description = f"Annotation by {rater}, version {annotation.version}"[:LONGEST]
    made = Segmentation(
        source_images=part.headers,
        pixel_array=np.ascontiguousarray(placed.transpose(2, 1, 0)).astype(np.uint8),
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[segment],
        series_instance_uid=_uid(annotation, "series"),
        series_number=SERIES_NUMBER,
        sop_instance_uid=seg_uid(annotation),
        instance_number=annotation.version,
        content_label="ANNOTATION",
        content_creator_name=f"{rater}^",
        series_description=description,
        **EQUIPMENT,
    )
    finish(made, part, SEGMENTATION, description)
    return made


def _uid(annotation: Annotation, kind: str) -> UID:
    return generate_uid(entropy_srcs=[kind, annotation.image, annotation.rater, str(annotation.version), annotation.sha256])


def _text(rater: str) -> str:
    """The name without the characters that separate parts in DICOM, short enough for a PersonName."""
    return "".join(" " if c in "\\^=" or not c.isprintable() else c for c in rater)[: LONGEST - 2].strip() or "unknown"
