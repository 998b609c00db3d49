"""Where the samples disagree, as a DICOM Parametric Map."""

from __future__ import annotations

from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.pm import ParametricMap, RealWorldValueMapping
from highdicom.sr import CodedConcept
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from ssb.outputs.dicom_object import EQUIPMENT, PIXEL_MEAN, PRODUCT, finish
from ssb.outputs.on_source import on_source, planes, result_uid
from ssb.plausible import SampleSet
from ssb.volumes.dicom_source import SourceSeries

KIND = "disagreement"
SERIES_NUMBER = 902

BIT = Code("bit", "UCUM", "bit")

SCHEME = "99SSBLABEL"
"""Coding scheme of our own (PS3.16 8.2: 99 in front), since no standard one has a code for this quantity."""

DISAGREEMENT = Code("disagreement", SCHEME, "Entropy of the mean of plausible masks")


ENTIRE_BODY = Code("38266002", "SCT", "Entire Body")


def parametric_map(sample_set: SampleSet, source: SourceSeries) -> Dataset:
    """A Parametric Map (PS3.3 A.75) of float32 in a series of its own: `SampleSet.disagreement` in bits, 0 to 1, bit for bit.

    It has a frame for each slice of `source` from the first to the last that any sample covers. Its Modality is OT, as highdicom writes
    it: with the source's own, archives and viewers would list it as another image to read. Raises what `on_source` and
    `SourceSeries.part` raise.
    """
    placed = on_source(sample_set, source)
    part = source.part(placed.box.start[2], placed.box.stop[2])
    count = len(placed.masks)
    made = ParametricMap(
        source_images=part.headers,
        pixel_array=planes(placed, placed.disagreement),
        series_instance_uid=result_uid(placed, source, f"{KIND} series"),
        series_number=SERIES_NUMBER,
        sop_instance_uid=result_uid(placed, source, KIND),
        instance_number=1,
        contains_recognizable_visual_features=False,
        real_world_value_mappings=[
            RealWorldValueMapping(
                lut_label="DISAGREEMENT",
                lut_explanation="Entropy of the mean of the samples in bits",
                unit=BIT,
                value_range=(0.0, 1.0),
                slope=1.0,
                intercept=0.0,
                quantity_definition=DISAGREEMENT,
            )
        ],
        window_center=0.5,
        window_width=1.0,
        content_label="DISAGREEMENT",
        content_description=f"Where {count} samples of one lesion disagree, in bits",
        coding_schemes=[CodingSchemeIdentificationItem(SCHEME, name=f"{PRODUCT}'s own codes", responsible_organization=PRODUCT)],
        series_description=f"Lesion: disagreement of {count} samples, bits ({PRODUCT})",
        **EQUIPMENT,
    )
    made.SharedFunctionalGroupsSequence[0].FrameAnatomySequence = [_anatomy(part.headers[0])]
    # highdicom 0.22 takes positions that share a coordinate for the same, so that frames of straight series get the same index
    for number, frame in enumerate(made.PerFrameFunctionalGroupsSequence, start=1):
        frame.FrameContentSequence[0].DimensionIndexValues = [number]
    asked = placed.request
    finish(
        made,
        part,
        PIXEL_MEAN,
        f"Entropy in bits of the mean of {count} masks drawn by {placed.checkpoint} at voxel {asked.point}, seed {asked.seed}",
    )
    return made


def _anatomy(header: Dataset) -> Dataset:
    """The frames' anatomy (PS3.3 C.7.6.16.2.8): the source's region, else somewhere in the body.

    highdicom leaves it out, but without it DICOM asks for a laterality, and dcmqi, and so 3D Slicer, crashes on the object.
    """
    anatomy = Dataset()
    anatomy.AnatomicRegionSequence = header.get("AnatomicRegionSequence") or [CodedConcept.from_code(ENTIRE_BODY)]
    anatomy.FrameLaterality = "U"
    return anatomy
