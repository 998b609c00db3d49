"""A sample set as one DICOM Segmentation whose segments overlap: consensus, interpretations and every sample."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from highdicom.color import CIELabColor
from highdicom.seg import SegmentAlgorithmTypeValues, Segmentation, SegmentationTypeValues, SegmentDescription
from PIL import Image, ImageCms
from pydicom.dataset import Dataset

from ssb.interpretations import interpret
from ssb.measurements import voxel_ml
from ssb.outputs.dicom_object import ABNORMAL, EQUIPMENT, LESION, PRODUCT, SEGMENTATION, algorithm, finish
from ssb.outputs.on_source import lesion_uid, on_source, planes, result_uid
from ssb.outputs.palette import Color
from ssb.outputs.seg_nrrd import Segment, segments_of
from ssb.outputs.summary import DISCLAIMER
from ssb.plausible import SampleSet
from ssb.volumes.dicom_source import SourceSeries

KIND = "segmentation"
SERIES_NUMBER = 901
CONTENT_LABEL = "SAMPLE_SET"

_LONGEST_TEXT = 1024
"""Characters in a short text (VR ST, PS3.5 6.2)."""


@dataclass(frozen=True)
class _Described:
    segment: Segment
    text: str


def segmentation(sample_set: SampleSet, source: SourceSeries) -> Dataset:
    """A BINARY Segmentation (PS3.3 A.51) in a series of its own, on the frames of `source` that carry something.

    Segments, in this order and with the colours of the layered .seg.nrrd: the consensus, each interpretation's representative with its
    share in the label, sample 1 to N. A mask without a voxel has no segment, since viewers stumble over one without frames; which
    these are stands in the first segment's description, their number in the ContentDescription. Where nothing is marked at all, the
    consensus is there with one empty frame at the clicked slice.
    All segments have the TrackingUID of the clicked lesion. The algorithm's version is the checkpoint, its parameters are the request,
    points as voxels column, row, slice by growing position from 0. It is SEMIAUTOMATIC, for a person clicked.
    Raises what `on_source` and `SourceSeries.part` raise.
    """
    placed = on_source(sample_set, source)
    shown = _described(placed)
    part = source.part(placed.box.start[2], placed.box.stop[2])
    made = Segmentation(
        source_images=part.headers,
        pixel_array=np.moveaxis(np.stack([planes(placed, one.segment.within(placed.box)) for one in shown]), 0, -1),
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=_descriptions(shown, placed, source),
        series_instance_uid=result_uid(placed, source, f"{KIND} series"),
        series_number=SERIES_NUMBER,
        sop_instance_uid=result_uid(placed, source, KIND),
        instance_number=1,
        content_label=CONTENT_LABEL,
        content_description=_summary(placed),
        series_description=f"Lesion: consensus, interpretations, {len(placed.masks)} samples ({PRODUCT})",
        **EQUIPMENT,
    )
    finish(made, part, SEGMENTATION, f"Plausible masks of one lesion, drawn by {placed.checkpoint}")
    return made


def is_sample_set(dataset: Dataset) -> bool:
    """Whether a Segmentation is one of ours that `segmentation` made, and so no rater's."""
    return dataset.get("ContentLabel") == CONTENT_LABEL and dataset.get("Manufacturer") == PRODUCT


def _parameters(placed: SampleSet) -> dict[str, str]:
    """The request in words, as values of AlgorithmParameters."""
    asked = placed.request
    found = {"seed": str(asked.seed), "samples": str(asked.samples), "nfe": str(asked.nfe), "guidance": f"{asked.guidance:g}"}
    points = {"point": (asked.point,), "inside": asked.inside, "outside": asked.outside}
    return found | {name: "; ".join(" ".join(map(str, at)) for at in given) for name, given in points.items() if given}


@cache
def cielab(color: Color) -> tuple[int, int, int]:
    """An sRGB colour, three numbers in [0, 1], as a RecommendedDisplayCIELabValue (PS3.3 C.10.7.1.1: D50, 16 bits a channel)."""
    red, green, blue = (round(255 * channel) for channel in color)
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    lightness, a, b = to_lab.apply(Image.new("RGB", (1, 1), (red, green, blue))).tobytes()
    return CIELabColor(lightness * 100 / 255, a - 256 * (a > 127), b - 256 * (b > 127)).value


def _described(placed: SampleSet) -> list[_Described]:
    groups, count = interpret(placed), len(placed.masks)
    texts = [f"Voxels that more than half of the {count} samples cover."]
    for found in groups:
        members = ", ".join(str(member + 1) for member in found.members)
        texts.append(
            f"Sample {found.representative + 1}, the most typical of {len(found.members)} like samples of {count} ({members}); "
            f"{found.volume_ml:.3f} mL."
        )
    unit = voxel_ml(placed.affine)
    texts += [f"One of {count} equally likely masks; {mask.sum() * unit:.3f} mL." for mask in placed.masks]
    every = [_Described(segment, text) for segment, text in zip(segments_of(placed, groups), texts, strict=True)]
    return [one for one in every if one.segment.mask.any()] or every[:1]


def _descriptions(shown: list[_Described], placed: SampleSet, source: SourceSeries) -> list[SegmentDescription]:
    uid = lesion_uid(placed, source)
    found = []
    for number, one in enumerate(shown, start=1):
        described = SegmentDescription(
            number,
            one.segment.name,
            ABNORMAL,
            LESION,
            SegmentAlgorithmTypeValues.SEMIAUTOMATIC,
            algorithm(placed.checkpoint, _parameters(placed)),
            tracking_uid=uid,
            tracking_id=f"lesion at voxel {' '.join(map(str, placed.request.point))}",
        )
        text = " ".join([one.text, *_remarks(placed), DISCLAIMER]) if number == 1 else one.text
        described.SegmentDescription = text[:_LONGEST_TEXT]
        described.RecommendedDisplayCIELabValue = list(cielab(one.segment.color))
        found.append(described)
    return found


def _empty(placed: SampleSet) -> list[int]:
    """The numbers, from 1, of the samples that mark nothing."""
    return [int(n) + 1 for n in np.flatnonzero(~placed.masks.any(axis=(1, 2, 3)))]


def _summary(placed: SampleSet) -> str:
    empty = len(_empty(placed))
    left_out = f"; {empty} mark no lesion and have no segment" if empty else ""
    return f"{len(placed.masks)} samples of one lesion{left_out}"


def _remarks(placed: SampleSet) -> list[str]:
    empty, count = _empty(placed), len(placed.masks)
    if not empty:
        return list(placed.notes)
    share, numbers = f"{100 * len(empty) / count:.0f} %", ", ".join(map(str, empty))
    left_out = f"No lesion: {len(empty)} of {count} samples ({share}) mark nothing and have no segment ({numbers})."
    return [left_out, *placed.notes]
