"""DICOM Segmentation objects as OHIF exports them: BINARY made by highdicom, LABELMAP made by hand, since highdicom 0.22 has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pydicom
from highdicom.content import AlgorithmIdentificationSequence
from highdicom.seg import SegmentAlgorithmTypeValues, Segmentation, SegmentationTypeValues, SegmentDescription
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian, RLELossless, generate_uid

from ssb.annotations.dicom_seg import LABEL_MAP_STORAGE


def headers(folder: Path) -> list[Dataset]:
    """The slices of a series in the order of their files."""
    return [pydicom.dcmread(file) for file in sorted(folder.glob("*.dcm"))]


def binary_seg(
    sources: Sequence[Dataset],
    masks: Mapping[str, np.ndarray],
    creator: str | None = None,
    kind: SegmentationTypeValues = SegmentationTypeValues.BINARY,
) -> Dataset:
    """Masks (I, J, K) by the segments' names, slice k on sources[k]; slices without a voxel get no frame."""
    algorithm = AlgorithmIdentificationSequence("brush", codes.DCM.ArtificialIntelligence, "1")
    descriptions = [
        SegmentDescription(
            number, name, codes.SCT.Tissue, codes.SCT.Tissue, SegmentAlgorithmTypeValues.SEMIAUTOMATIC, algorithm_identification=algorithm
        )
        for number, name in enumerate(masks, start=1)
    ]
    pixels = np.stack([mask.transpose(2, 1, 0) for mask in masks.values()], axis=-1)
    return Segmentation(
        sources, pixels.astype(np.float32 if kind is SegmentationTypeValues.FRACTIONAL else np.uint8), kind, descriptions,
        generate_uid(), 100, generate_uid(), 1, "OHIF", "viewer", "3.13", "0", content_creator_name=creator, content_label="SEG",
    )  # fmt: skip


def labelmap_seg(sources: Sequence[Dataset], masks: Mapping[str, np.ndarray], creator: str | None = None, rle: bool = True) -> Dataset:
    """The same as LABELMAP, one frame for each source in reverse order; later masks overwrite earlier ones."""
    made = binary_seg(sources, {name: mask | True for name, mask in masks.items()}, creator)
    dataset = pydicom.Dataset(made)
    dataset.file_meta, dataset.preamble = made.file_meta, b"\0" * 128
    dataset.is_little_endian, dataset.is_implicit_VR = True, False
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = LABEL_MAP_STORAGE
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SegmentationType, dataset.ContentCreatorName = "LABELMAP", creator or ""
    frames = []
    for k in reversed(range(len(sources))):
        values = np.zeros((sources[k].Rows, sources[k].Columns), dtype=np.uint8)
        for number, mask in enumerate(masks.values(), start=1):
            values[mask[:, :, k].T] = number
        frames.append(values)
    positions = {tuple(group.PlanePositionSequence[0].ImagePositionPatient): group for group in made.PerFrameFunctionalGroupsSequence}
    groups = [positions[tuple(source.ImagePositionPatient)] for source in reversed(sources)]
    for group in groups:
        del group.SegmentIdentificationSequence
    dataset.PerFrameFunctionalGroupsSequence = groups
    dataset.NumberOfFrames = len(frames)
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    dataset.PixelData = np.stack(frames).tobytes()
    dataset["PixelData"].VR = "OB"
    if rle:
        dataset.compress(RLELossless)
    return dataset
