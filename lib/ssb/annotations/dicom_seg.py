"""DICOM Segmentation objects, as OHIF and other viewers export them, put on the grid of the image they were drawn on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import UID, SegmentationStorage

from ssb.annotations.meant import merged
from ssb.errors import InputError, SSBError
from ssb.volumes.dicom_file import dicom_errors, open_dataset
from ssb.volumes.dicom_frames import frames_of
from ssb.volumes.dicom_slices import Slice, slices_of
from ssb.volumes.subgrid import SubGrid
from ssb.volumes.volume import Volume

LABEL_MAP_STORAGE = UID("1.2.840.10008.5.1.4.1.1.66.7")
"""Label Map Segmentation Storage (DICOM PS3.4 B.5), younger than our pydicom."""

LONGEST_NAME = 62
"""Characters of a rater's name in a DICOM file: a PersonName has up to 64 (PS3.5, 6.2), and we leave room for its separators."""

FRAME_TOLERANCE = 0.1
"""How far, in voxels, a frame may lie from a slice of the image (our choice: slices may be uneven by some hundredths of their spacing)."""


def seg_on_grid(source: Path | Dataset, volume: Volume) -> np.ndarray:
    """The rater's mask in a DICOM Segmentation (PS3.3 A.51), (I, J, K) bool on the grid of `volume`.

    source: a file, or a dataset with its pixels and file_meta. BINARY, and LABELMAP, whose pixels are segment numbers; native or RLE.
    Each frame goes to the slice at its own position and orientation, in whatever order they come and whichever way the image's
    slices are counted; a slice without a frame is empty. Which segments count: `ssb.annotations.meant`.
    Raises InputError where it is no segmentation, FRACTIONAL, broken, lies on another grid or partly outside the image, uses a
    segment number that it does not describe, or leaves open which segment is meant.
    """
    dataset, name = (source, "DICOM SEG") if isinstance(source, Dataset) else (open_dataset(source), source.name)
    with dicom_errors(name):
        return _on_grid(dataset, volume, name)


def _on_grid(dataset: Dataset, volume: Volume, name: str) -> np.ndarray:
    kind = _check_kind(dataset, name)
    frames, planes = _pixels(dataset, name), slices_of(Path(name), dataset)
    if len(frames) != len(planes):
        raise InputError(f"The segmentation {name} is broken: it has {len(frames)} frames and describes {len(planes)}.")
    numbers = _frame_segments(dataset, len(planes), name) if kind == "BINARY" else None
    covered: dict[int, list[np.ndarray]] = {}
    for index, (frame, plane) in enumerate(zip(frames, planes, strict=True)):
        grid = SubGrid.of(_affine(plane, volume), (*plane.size, 1), volume.affine, volume.shape, name, FRAME_TOLERANCE)
        for value in np.unique(frame[frame != 0]):
            number = int(value) if numbers is None else numbers[index]
            covered.setdefault(number, []).append(grid.indices((frame == value).T[..., np.newaxis]))
    labels = {int(segment.SegmentNumber): str(segment.get("SegmentLabel", "")) for segment in dataset.get("SegmentSequence", [])}
    if kind == "LABELMAP":
        covered, labels = _without_background(dataset, covered, labels)
    if unknown := sorted(covered.keys() - labels.keys()):
        raise InputError(f"The segmentation {name} uses segment number {unknown[0]}, which its SegmentSequence does not describe.")
    nothing = np.zeros((0, 3), dtype=int)
    return merged([(label, np.concatenate([nothing, *covered.get(n, [])])) for n, label in sorted(labels.items())], volume.shape, name)


def creator_of(dataset: Dataset) -> str | None:
    """Who drew the segmentation, as its ContentCreatorName says (PS3.3 C.10.9.2); None where that is empty, as OHIF leaves it.

    OperatorsName is not asked (our choice): exporters may copy it from the image, where it names who ran the scanner.
    """
    return str(dataset.get("ContentCreatorName", "")).replace("^", " ").strip() or None


def content_creator(rater: str) -> str:
    """`rater` as the ContentCreatorName that `creator_of` reads back; an InputError for a name that DICOM cannot hold as it is."""
    if not rater.strip() or rater != rater.strip() or len(rater) > LONGEST_NAME or any(c in "\\^=" or not c.isprintable() for c in rater):
        raise InputError(
            f"The name {rater[:LONGEST_NAME]!r} cannot stand in a DICOM file: "
            f"it has 1 to {LONGEST_NAME} characters, none of them \\, ^ or =, and no blank at its ends."
        )
    return f"{rater}^"


def _check_kind(dataset: Dataset, name: str) -> str:
    """BINARY or LABELMAP; an InputError for any other object."""
    kind = str(dataset.get("SegmentationType", ""))
    if dataset.get("SOPClassUID") not in (SegmentationStorage, LABEL_MAP_STORAGE):
        raise InputError(f"The DICOM object {name} is no segmentation: its SOP class must be Segmentation or Label Map Segmentation.")
    if kind == "FRACTIONAL":
        raise InputError(f"The segmentation {name} is FRACTIONAL: a rater's annotation is yes or no, so export it as BINARY or LABELMAP.")
    if kind not in ("BINARY", "LABELMAP"):
        raise InputError(f"The segmentation {name} has the type {kind!r}: it must be BINARY or LABELMAP.")
    return kind


def _pixels(dataset: Dataset, name: str) -> np.ndarray:
    """(frames, rows, columns)."""
    try:
        return frames_of(dataset, name)
    except SSBError:
        raise
    except Exception as error:  # each decoder behind pydicom raises its own errors
        raise InputError(
            f"The segmentation {name} is broken or compressed in a way we do not read: store it uncompressed or as RLE."
        ) from error


def _affine(plane: Slice, volume: Volume) -> np.ndarray:
    """Index (column, row, 0) of a frame to LPS mm; the third axis steps to the image's next slice."""
    along_i, along_j = np.reshape(plane.orientation, (2, 3))
    normal = np.cross(along_i, along_j)
    axis = int(np.argmax(np.abs(normal @ (volume.affine[:3, :3] / volume.spacing))))
    affine = np.eye(4)
    affine[:3, :3] = np.column_stack([along_i * plane.spacing[0], along_j * plane.spacing[1], normal * volume.spacing[axis]])
    affine[:3, 3] = plane.position
    return affine


def _frame_segments(dataset: Dataset, frames: int, name: str) -> list[int]:
    """The segment number of each frame of a BINARY object."""
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
    groups = dataset.get("PerFrameFunctionalGroupsSequence") or [Dataset()] * frames
    try:
        found = [(group if "SegmentIdentificationSequence" in group else shared).SegmentIdentificationSequence[0] for group in groups]
        return [int(item.ReferencedSegmentNumber) for item in found]
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise InputError(f"The segmentation {name} is broken: a frame does not say which segment it shows.") from error


def _without_background(
    dataset: Dataset, covered: dict[int, list[np.ndarray]], labels: dict[int, str]
) -> tuple[dict[int, list[np.ndarray]], dict[int, str]]:
    """Both without the number that means "no segment": 0, and the object's PixelPaddingValue (DICOM Supplement 243)."""
    background = {0, int(dataset.get("PixelPaddingValue") or 0)}
    return ({n: found for n, found in covered.items() if n not in background}, {n: t for n, t in labels.items() if n not in background})
