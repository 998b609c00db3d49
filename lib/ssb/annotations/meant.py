"""Which segments of a submitted file are the rater's annotation, and which are masks that we had answered with."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ssb.errors import InputError
from ssb.outputs.labelmap import BANDS, CONSENSUS, LEVELS

SCRIBBLES = frozenset({"foreground_scribbles", "background_scribbles"})
"""Segments that 3D Slicer's MONAI Label module keeps for strokes of its own; they are no annotation."""

LABELS = frozenset({*BANDS, CONSENSUS, "interpretation", "sample"})
"""What our tasks call their labels. 3D Slicer's MONAI Label module makes an empty segment for each of them when an image is opened."""

_OURS = re.compile(rf"({'|'.join([CONSENSUS, LEVELS, *BANDS])}|no lesion|(sample|interpretation)( \d+)?)( \(\d+ %\))?", re.IGNORECASE)


def is_ours(name: str) -> bool:
    """Whether our answers name a segment so: "consensus", "sample 3", "interpretation 1 (44 %)", "no lesion (6 %)", "majority" ..."""
    return _OURS.fullmatch(name.strip()) is not None


def merged(segments: Sequence[tuple[str, np.ndarray]], shape: tuple[int, int, int], file: str) -> np.ndarray:
    """The mask, bool `shape`, of the segments that are meant.

    segments: name and covered voxels, (n, 3) int inside the shape, of each; those without a voxel that are named as in LABELS do not
    count. Raises what `meant_segments` raises, and InputError where masks of ours lie side by side without overlap, as after a detour
    through a labelmap: then voxels of all are lost.
    """
    segments = [(name, voxels) for name, voxels in segments if len(voxels) or name not in LABELS]
    values = np.zeros(shape, dtype=np.int16)
    overlap = False
    for number, (_, voxels) in enumerate(((name, found) for name, found in segments if is_ours(name)), start=1):
        overlap |= bool(values[tuple(voxels.T)].any())
        values[tuple(voxels.T)] = number
    if not overlap and _touch(values):
        raise InputError(
            f"The segmentation {file} holds plausible masks of the model that overwrote one another in one labelmap, so voxels are lost: "
            "start again from the layered file, and keep only the one segment that is your annotation."
        )
    mask = np.zeros(shape, dtype=bool)
    for index in meant_segments([name for name, _ in segments], file):
        mask[tuple(segments[index][1].T)] = True
    return mask


def meant_segments(names: Sequence[str], file: str) -> list[int]:
    """The indices of the segments that together make the rater's mask; `file` is how the messages call the file.

    Rule (our choice): a single segment is meant, whatever its name. Of several, all are meant where none carries a name of ours;
    else the only one that the rater named. Scribbles do not count. Raises InputError where that leaves the choice open.
    """
    drawn = [index for index, name in enumerate(names) if name.strip() not in SCRIBBLES]
    own = [index for index in drawn if not is_ours(names[index])]
    if len(drawn) <= 1 or len(own) == len(drawn):
        return drawn
    if len(own) == 1:
        return own
    shown = ", ".join(repr(names[index]) for index in drawn[:3]) + (", ..." if len(drawn) > 3 else "")
    raise InputError(
        f"The segmentation {file} holds {len(drawn)} segments ({shown}), {len(drawn) - len(own)} of them plausible masks of the model: "
        "keep only the one segment that is your annotation, and submit again."
    )


def check_flattened(values: np.ndarray, names: Sequence[str], file: str) -> None:
    """An InputError where a 3-D labelmap may be several of our overlapping masks written over one another.

    values: (a, b, c) whole numbers, 0 outside. names: what the client calls its segments, which 3D Slicer's MONAI Label module sends
    beside the file ("label_info"); empty where it says nothing. 3D Slicer's export gives each segment its place among them as value,
    from 1, and lets later ones overwrite earlier ones. Named segments are refused where several hold one of ours: of overlapping ones
    voxels are lost. Those named as in LABELS count only where their value is there: if one was overwritten whole, it lay inside the
    other, so the mask of both together has lost nothing. Without names, several values are refused where they touch (our choice): the
    nested masks of one lesion always do, while separate lesions with a value each do not.
    """
    found = set(np.unique(values).tolist())
    placed = max(found, default=0) <= len(names)
    stated = [(number, name) for number, name in enumerate(names, start=1) if name.strip() not in SCRIBBLES]
    drawn = [name for number, name in stated if number in found or name not in LABELS or not placed]
    ours = [name for name in drawn if is_ours(name)]
    if stated and not (ours and len(drawn) > 1):
        return
    if stated:
        raise InputError(
            f"The labelmap {file} was made of {len(drawn)} segments, {len(ours)} of them plausible masks of the model such as {ours[0]!r}: "
            "where they overlap, one has overwritten the other and its voxels are lost, so keep only the one segment that is your "
            "annotation, and submit again."
        )
    if _touch(values):
        raise InputError(
            f"The labelmap {file} holds {len(np.unique(values)) - 1} values side by side without names: where overlapping masks were put "
            "into one labelmap their voxels are lost, so keep only the one segment that is your annotation, and submit again."
        )


def _touch(values: np.ndarray) -> bool:
    """Whether two voxels that share a face hold different values other than 0."""
    for axis in range(3):
        low, high = np.moveaxis(values, axis, 0)[:-1], np.moveaxis(values, axis, 0)[1:]
        if np.any((low != high) & (low != 0) & (high != 0)):
            return True
    return False
