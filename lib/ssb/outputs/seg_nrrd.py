"""Layered .seg.nrrd files, 3D Slicer's own format for segments that overlap.

The fields are those that 3D Slicer writes itself (its user guide, "Segmentations", and its class vtkMRMLSegmentationStorageNode).
The voxels are cropped to the box that holds all segments: the origin moves, and the file stays small for any image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ssb.errors import InputError
from ssb.interpretations import Interpretation
from ssb.outputs.palette import CONSENSUS, Color, interpretation_colors, sample_color
from ssb.plausible import Box, Index, SampleSet
from ssb.volumes.nrrd_writer import write_header_and_voxels

GLOBAL_FIELDS = {
    "Segmentation_ContainedRepresentationNames": "Binary labelmap|",
    "Segmentation_MasterRepresentation": "Binary labelmap",
}


@dataclass(frozen=True)
class Segment:
    """One named mask on an image's grid.

    mask: bool (a, b, c); its first voxel lies at index `start` of the grid, and everything outside it is background. It may be empty.
    color: red, green, blue in [0, 1].
    """

    name: str
    mask: np.ndarray
    color: Color
    start: Index = (0, 0, 0)

    def bounds(self) -> Box | None:
        """The smallest box of the grid that holds the mask's voxels; None where it has none."""
        if not self.mask.any():
            return None
        ranges = [np.flatnonzero(self.mask.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
        i, j, k = ((int(r[0]) + s, int(r[-1]) + s + 1) for r, s in zip(ranges, self.start, strict=True))
        return Box(start=(i[0], j[0], k[0]), stop=(i[1], j[1], k[1]))

    def on_grid(self, shape: Index) -> np.ndarray:
        """The mask on the whole grid, bool `shape`, which must hold all its voxels."""
        return self.within(Box(start=(0, 0, 0), stop=shape)).astype(bool)

    def within(self, box: Box) -> np.ndarray:
        """The mask on the voxels of `box`, uint8; `box` must hold all its voxels."""
        part = np.zeros(tuple(np.subtract(box.stop, box.start)), dtype=np.uint8)
        bounds = self.bounds()
        if bounds is not None:
            part[_moved(bounds, box.start).slices] = self.mask[_moved(bounds, self.start).slices]
        return part


def segments_of(sample_set: SampleSet, interpretations: Sequence[Interpretation]) -> list[Segment]:
    """The consensus, the representative of each interpretation ("interpretation 1 (44 %)"), then sample 1 to sample N.

    "no lesion" stays in the list as an empty segment: its share is part of the answer.
    """
    start = sample_set.box.start
    segments = [Segment("consensus", sample_set.consensus, CONSENSUS, start)]
    for found, color in zip(interpretations, interpretation_colors(interpretations), strict=True):
        name = f"{found.name} ({100 * found.share:.0f} %)"
        segments.append(Segment(name, sample_set.masks[found.representative], color, start))
    for index, mask in enumerate(sample_set.masks):
        segments.append(Segment(f"sample {index + 1}", mask, sample_color(index), start))
    return segments


def write_layered_seg_nrrd(path: Path, segments: Sequence[Segment], affine_lps: np.ndarray, shape: Index) -> None:
    """Write `segments` to `path`, one layer each, so that 3D Slicer shows all of them even where they overlap.

    affine_lps: (4, 4), index i, j, k of the image to LPS mm. shape: the image's (I, J, K); an InputError where a segment leaves it.
    The file holds uint8 (layers, a, b, c), first axis `list`, gzip; same arguments, same bytes. Where all segments are empty the
    box is the image's first voxel, so that the file still loads.
    """
    if not segments:
        raise InputError("A segmentation file needs at least one segment.")
    for segment in segments:
        stop = tuple(int(v) for v in np.add(segment.start, segment.mask.shape))
        if min(segment.start) < 0 or np.any(np.greater(stop, shape)):
            raise InputError(f"The segment {segment.name!r} spans voxels {segment.start} to {stop}, outside the image of shape {shape}.")
    box = _union([segment.bounds() for segment in segments])
    header: dict[str, object] = {
        "space": "left-posterior-superior",
        "kinds": ["list", "domain", "domain", "domain"],
        "space directions": np.vstack([np.full(3, np.nan), affine_lps[:3, :3].T]),
        "space origin": affine_lps[:3, :3] @ box.start + affine_lps[:3, 3],
        "encoding": "gzip",
        **GLOBAL_FIELDS,
        "Segmentation_ReferenceImageExtentOffset": " ".join(str(v) for v in box.start),
    }
    for layer, segment in enumerate(segments):
        header |= _fields(segment, layer, box)
    write_header_and_voxels(path, np.stack([segment.within(box) for segment in segments]), header)


def _moved(box: Box, origin: Index) -> Box:
    """`box` in the indices of a grid whose first voxel is `origin`."""
    i, j, k = ((a - o, b - o) for a, b, o in zip(box.start, box.stop, origin, strict=True))
    return Box(start=(i[0], j[0], k[0]), stop=(i[1], j[1], k[1]))


def _union(boxes: Sequence[Box | None]) -> Box:
    found = [box for box in boxes if box is not None] or [Box(start=(0, 0, 0), stop=(1, 1, 1))]
    i, j, k = ((min(b.start[axis] for b in found), max(b.stop[axis] for b in found)) for axis in range(3))
    return Box(start=(i[0], j[0], k[0]), stop=(i[1], j[1], k[1]))


def _fields(segment: Segment, layer: int, box: Box) -> dict[str, str]:
    """The segment's own lines; Extent is first and last voxel along each axis of the file, "0 -1 0 -1 0 -1" for an empty mask."""
    bounds = segment.bounds()
    ends = [(0, -1)] * 3
    if bounds is not None:
        inside = _moved(bounds, box.start)
        ends = [(a, b - 1) for a, b in zip(inside.start, inside.stop, strict=True)]
    fields = {
        "ID": f"Segment_{layer + 1}",
        "Name": segment.name,
        "NameAutoGenerated": "0",
        "Color": " ".join(f"{channel:.6f}" for channel in segment.color),
        "ColorAutoGenerated": "0",
        "Extent": " ".join(f"{a} {b}" for a, b in ends),
        "Layer": str(layer),
        "LabelValue": "1",
    }
    return {f"Segment{layer}_{key}": value for key, value in fields.items()}
