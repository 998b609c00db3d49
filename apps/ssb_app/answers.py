"""The file that answers an inference request."""

from __future__ import annotations

import os
import re
import tempfile
import threading
from functools import cache
from pathlib import Path

import numpy as np

from ssb.outputs.labelmap import BANDS, CONSENSUS, LEVELS, labelmap
from ssb.outputs.palette import sample_color
from ssb.outputs.seg_nrrd import Segment, segments_of, write_layered_seg_nrrd
from ssb.volumes.write import write_array
from ssb_app.options import ALL_SAMPLES, Wanted
from ssb_app.sampler import KeptSet

LABELS = {**BANDS, CONSENSUS: 4, "interpretation": 5, "sample": 6}
"""The tasks' label table: the value of each kind of mask, never shared, since OHIF names and colours a voxel by its value alone."""

_making = threading.Lock()


def write_answer(kept: KeptSet, wanted: Wanted) -> tuple[Path, dict[str, int]]:
    """A new temporary file with the wanted view, and the value of each label that it holds by the label's name.

    A labelmap is uint8 on exactly the image's grid, with the values that `Wanted` says. In a .seg.nrrd each label is a segment of its
    own; the layered file of all samples names its segments itself and has no label here. The same sample set and wish give the same
    bytes.
    """
    found = kept.sample_set
    if wanted.show == ALL_SAMPLES:
        path = _temporary(wanted.extension)
        write_layered_seg_nrrd(path, segments_of(found, kept.interpretations), found.affine, found.shape)
        return path, {}
    array, names = _valued(kept, wanted.show)
    held = {name: value for name, value in names.items() if (array == value).any()}
    path = _temporary(wanted.extension)
    if wanted.extension == ".seg.nrrd":
        segments = [Segment(name, array == value, sample_color(value)) for name, value in names.items()]
        write_layered_seg_nrrd(path, segments, found.affine, found.shape)
        return path, held
    if not wanted.by_task:
        array, held = _in_order(array, held)
    write_array(path, array, found.affine, wanted.compress)
    return path, held


def _in_order(array: np.ndarray, held: dict[str, int]) -> tuple[np.ndarray, dict[str, int]]:
    """The labelmap and its labels with the values 1, 2, ... in place of theirs, in the same order."""
    values = sorted(held.values())
    return np.searchsorted(np.array([0, *values]), array).astype(np.uint8), {name: values.index(value) + 1 for name, value in held.items()}


def _valued(kept: KeptSet, show: str) -> tuple[np.ndarray, dict[str, int]]:
    """The view `show` with the values of `LABELS`; "interpretation k" is the k-th by share, also where that is "no lesion"."""
    number = re.fullmatch(r"interpretation (\d+)", show)
    if number and 0 < int(number[1]) <= len(kept.interpretations):
        show = kept.interpretations[int(number[1]) - 1].name
    array, names = labelmap(kept.sample_set, show)
    if show != LEVELS:
        kind = show.split()[0] if show.split()[0] in LABELS else "interpretation"
        array *= np.uint8(LABELS[kind])
        names = dict.fromkeys(names, LABELS[kind])
    return array, names


def _temporary(extension: str) -> Path:
    with _making:  # two first requests at once would make two folders, of which one is removed while it is written to
        folder = _folder().name
    handle, name = tempfile.mkstemp(prefix="ssb-", suffix=extension, dir=folder)
    os.close(handle)
    return Path(name)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """A folder of this process, removed when it ends.

    The stock client saves an answer under the name of the server's file, in /tmp: on one machine that must not be the same file,
    which the server removes once it is sent.
    """
    return tempfile.TemporaryDirectory(prefix="ssb-answers-")
