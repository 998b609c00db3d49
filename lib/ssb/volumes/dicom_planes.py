"""The planes of a DICOM series, each decoded when a block needs it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ssb.errors import InputError
from ssb.volumes.dicom_pixels import read_values
from ssb.volumes.dicom_slices import Slice
from ssb.volumes.volume import Block

KEPT_BYTES = 64 * 2**20
"""Decoded planes that are kept, 128 of 512 x 512: a crop of slices that lie across the series decodes each of them once (our choice)."""


class Planes:
    """Reads blocks of a series; safe to use from many threads.

    slices: in the grid's order, each from a file of its own. states: size and time of change of each file when the slices were found; one
    that has changed since is an InputError, as what else `ssb.volumes.dicom_pixels.read_values` refuses. None for no such check.
    """

    def __init__(self, slices: Sequence[Slice], states: Mapping[Path, tuple[int, int]] | None = None) -> None:
        self._slices = slices
        self._states = states
        self._planes: OrderedDict[int, np.ndarray] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def shape(self) -> tuple[int, int, int]:
        """Columns, rows, slices."""
        return (*self._slices[0].size, len(self._slices))

    def __call__(self, block: Block) -> np.ndarray:
        """The values of a block (i, j, k): int16 where all of its planes hold such, else float32."""
        i, j, k = block
        with self._lock:
            planes = [self._plane(number)[i, j] for number in range(k.start, k.stop)]
        return np.stack([plane.T for plane in planes]).T if planes else np.zeros((i.stop - i.start, j.stop - j.start, 0), np.int16)

    def _plane(self, number: int) -> np.ndarray:
        found = self._planes.pop(number, None)
        if found is None:
            one = self._slices[number]
            if self._states is not None and state_of(one.path) != self._states[one.path]:
                raise InputError(f"The file {one.path.name} has changed since its series was looked at: start the server again.")
            found = read_values([one])[:, :, 0]
            self._bytes += found.nbytes
        self._planes[number] = found
        while self._bytes > KEPT_BYTES and len(self._planes) > 1:
            self._bytes -= self._planes.popitem(last=False)[1].nbytes
        return found


def state_of(path: Path) -> tuple[int, int] | None:
    """Size and time of change in ns of a file; None where it is gone."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_size, facts.st_mtime_ns


def one_file_a_slice(slices: Sequence[Slice]) -> bool:
    """Whether planes can be decoded one by one, which those of multi-frame files cannot."""
    return len({one.path for one in slices}) == len(slices)
