"""A sample set from the files that it became."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ssb.errors import InputError, NotFoundError
from ssb.outputs.result import FILES, SERIES_UID
from ssb.outputs.seg_nrrd import Segment
from ssb.outputs.seg_nrrd_reader import read_seg_nrrd
from ssb.plausible import Box, Request, SampleSet

_SAMPLES, _SUMMARY = FILES[2], FILES[3]


def read_result(folder: Path) -> tuple[SampleSet, str | None]:
    """The sample set in a folder of `ssb.outputs.result.write_result`, and the UID of the DICOM series it was drawn on, if it was one.

    Masks, grid and request are exactly those that were written. Raises NotFoundError where the folder or a file is missing, InputError
    where they are broken or do not belong together.
    """
    for file in (folder / _SUMMARY, folder / _SAMPLES):
        if not file.is_file():
            raise NotFoundError(f"The result {folder} has no {file.name}: give a folder that `main.py sample` wrote.")
    try:
        facts = json.loads((folder / _SUMMARY).read_text(encoding="utf-8"))
        affine, (i, j, k) = np.array(facts["grid"]["affine_lps"], dtype=float), facts["grid"]["shape"]
        segments = read_seg_nrrd(folder / _SAMPLES, affine, (i, j, k))
        return rebuild(facts, segments), facts.get(SERIES_UID)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError, MemoryError) as error:
        raise InputError(f"The result {folder} is broken: its {_SUMMARY} is not what `main.py sample` writes.") from error


def rebuild(summary: dict[str, Any], segments: Sequence[Segment]) -> SampleSet:
    """The sample set that a summary and the segments of its layered file describe; an InputError where their numbers of samples differ."""
    asked = summary["request"]
    samples = [segment for segment in segments if segment.name.startswith("sample ")]
    if len(samples) != summary["samples"]:
        raise InputError(f"The summary tells of {summary['samples']} samples, but the layered file holds {len(samples)}.")
    request = Request(
        point=tuple(asked["point"]),
        samples=asked["samples"],
        nfe=asked["nfe"],
        guidance=asked["guidance"],
        seed=asked["seed"],
        raters=asked.get("raters", ""),  # earlier results lack it
        inside=tuple(tuple(point) for point in asked["inside"]),
        outside=tuple(tuple(point) for point in asked["outside"]),
    )
    box = _union(samples, request.point)
    return SampleSet(
        masks=np.stack([segment.within(box) for segment in samples]).astype(bool),
        box=box,
        shape=tuple(summary["grid"]["shape"]),
        affine=np.array(summary["grid"]["affine_lps"]),
        request=request,
        checkpoint=summary["checkpoint"],
        image=summary["image"],
        notes=tuple(summary["notes"]),
        seconds=summary["seconds"],
    )


def _union(segments: Sequence[Segment], point: tuple[int, int, int]) -> Box:
    """The smallest box with all the segments' voxels; the clicked voxel where they have none."""
    boxes = [box for segment in segments if (box := segment.bounds()) is not None]
    if not boxes:
        return Box(point, (point[0] + 1, point[1] + 1, point[2] + 1))
    start = np.min([box.start for box in boxes], axis=0)
    stop = np.max([box.stop for box in boxes], axis=0)
    return Box.between(start, stop)
