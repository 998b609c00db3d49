"""Series to write results beside, and readers of those results that are not ours: pydicom's pixels, placed by their positions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedCTImageStorage

from ssb.volumes import Volume, write_dicom_series

SHAPE = (40, 36, 14)


def write_series(folder: Path, affine: np.ndarray, reverse: bool = False) -> Path:
    """A CT series of SHAPE on the grid, its files and instance numbers in falling order where `reverse`."""
    array = np.random.default_rng(0).integers(-900, 100, SHAPE).astype(np.int16)
    write_dicom_series(Volume(array, affine), folder, seed_uid="source")
    if reverse:
        edit(folder, lambda header, k: setattr(header, "InstanceNumber", SHAPE[2] - k))
        for k, file in enumerate(sorted(folder.glob("*.dcm"))):
            file.rename(folder / f"slice-{SHAPE[2] - k:03d}.dcm")
    return folder


def edit(folder: Path, change: Callable[[Dataset, int], None]) -> None:
    """Change each file of a series in place."""
    for k, file in enumerate(sorted(folder.glob("*.dcm"))):
        dataset = pydicom.dcmread(file)
        change(dataset, k)
        dataset.save_as(file, write_like_original=False)


def as_multi_frame(folder: Path) -> Path:
    """The series as one Enhanced CT file, its frames in falling order."""
    slices = [pydicom.dcmread(file) for file in sorted(folder.glob("*.dcm"))][::-1]
    whole = slices[0]
    whole.SOPClassUID = whole.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
    groups = []
    for one in slices:
        group, position, plane, measures, values = (Dataset() for _ in range(5))
        position.ImagePositionPatient = one.ImagePositionPatient
        plane.ImageOrientationPatient = one.ImageOrientationPatient
        measures.PixelSpacing, measures.SliceThickness = one.PixelSpacing, one.SliceThickness
        values.RescaleSlope, values.RescaleIntercept, values.RescaleType = one.RescaleSlope, one.RescaleIntercept, "HU"
        group.PlanePositionSequence, group.PlaneOrientationSequence = Sequence([position]), Sequence([plane])
        group.PixelMeasuresSequence, group.PixelValueTransformationSequence = Sequence([measures]), Sequence([values])
        groups.append(group)
    pixels = b"".join(one.PixelData for one in slices)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"):
        delattr(whole, keyword)
    del whole.RescaleSlope, whole.RescaleIntercept
    whole.SharedFunctionalGroupsSequence, whole.PerFrameFunctionalGroupsSequence = Sequence([Dataset()]), Sequence(groups)
    whole.NumberOfFrames, whole.PixelData = len(slices), pixels
    target = folder.with_name(f"{folder.name}-multi-frame")
    target.mkdir()
    whole.save_as(target / "whole.dcm", write_like_original=False)
    return target


def placed_frames(dataset: Dataset, affine: np.ndarray) -> list[tuple[int, Dataset, np.ndarray]]:
    """For each frame the slice of a volume on `affine` that it lies on, its functional groups, and its pixels (columns, rows).

    Fails where a frame does not lie on a slice, or has other axes than the volume's first two.
    """
    shared = dataset.SharedFunctionalGroupsSequence[0]
    cosines = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, dtype=float).reshape(2, 3)
    between_rows, between_columns = (float(v) for v in shared.PixelMeasuresSequence[0].PixelSpacing)
    np.testing.assert_allclose(affine[:3, 0], cosines[0] * between_columns, atol=1e-4)
    np.testing.assert_allclose(affine[:3, 1], cosines[1] * between_rows, atol=1e-4)
    pixels = dataset.pixel_array
    found = []
    for group, frame in zip(dataset.PerFrameFunctionalGroupsSequence, pixels.reshape(-1, *pixels.shape[-2:]), strict=True):
        position = np.array(group.PlanePositionSequence[0].ImagePositionPatient, dtype=float)
        index = np.linalg.solve(affine, [*position, 1.0])[:3]
        k = int(np.rint(index[2]))
        np.testing.assert_allclose(index, [0, 0, k], atol=0.02)
        found.append((k, group, frame.T))
    return found


def masks_of(dataset: Dataset, affine: np.ndarray, shape: tuple[int, int, int]) -> dict[str, np.ndarray]:
    """The segments of a SEG on the volume's grid, bool, by their labels."""
    labels = {int(one.SegmentNumber): str(one.SegmentLabel) for one in dataset.SegmentSequence}
    masks = {label: np.zeros(shape, dtype=bool) for label in labels.values()}
    for k, group, frame in placed_frames(dataset, affine):
        mask = masks[labels[int(group.SegmentIdentificationSequence[0].ReferencedSegmentNumber)]]
        assert not mask[:, :, k].any()
        mask[:, :, k] = frame
    return masks


def map_of(dataset: Dataset, affine: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """The values of a Parametric Map on the volume's grid, 0 where it has no frame."""
    values = np.zeros(shape, dtype=np.float32)
    for k, _, frame in placed_frames(dataset, affine):
        values[:, :, k] = frame
    return values
