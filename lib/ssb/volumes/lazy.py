"""Volumes whose voxels stay in their files until a part of them is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ssb.volumes.checks import check_grid, check_shape, check_values
from ssb.volumes.volume import Block, Volume

SLAB = 16
"""Slices that are looked at together where all must be (our choice)."""


class LazyVolume(Volume):
    """A volume that reads the block it is asked for, anew each time, so that a crop of a large image costs what the crop costs.

    read: gives the values of a block of slices i, j, k, all with step 1 and inside the image; values as `Volume.array` would hold them,
    though a block of small whole numbers may be int16 where the whole image is float32. held_bytes: what `read` keeps in memory at most.
    """

    def __init__(
        self,
        read: Callable[[Block], np.ndarray],
        shape: tuple[int, int, int],
        affine: np.ndarray,
        name: str,
        series_uid: str | None = None,
        held_bytes: int = 0,
    ) -> None:
        facts = {"_read": read, "_shape": shape, "_held": held_bytes, "affine": affine, "name": name, "series_uid": series_uid}
        for key, value in facts.items():
            object.__setattr__(self, key, value)  # the base is frozen

    @property
    def array(self) -> np.ndarray:
        """All values, read now and not kept."""
        return self[:, :, :]

    @property
    def shape(self) -> tuple[int, int, int]:
        return self._shape  # type: ignore[attr-defined]

    @property
    def held_bytes(self) -> int:
        return self._held  # type: ignore[attr-defined]

    def __getitem__(self, block: Block) -> np.ndarray:
        i, j, k = (slice(*part.indices(n)) for part, n in zip(block, self.shape, strict=True))
        return self._read((i, j, k))  # type: ignore[attr-defined]


def check_lazy(volume: LazyVolume, dtype: np.dtype) -> LazyVolume:
    """The volume, where it is an image; what `ssb.volumes.checks.check_image` refuses is an InputError here too.

    dtype: of the stored values. Whole numbers are read only until two differ, which is at once in nearly every image; real ones all, a few
    slices at a time, since any of them may be NaN.
    """
    check_shape(volume.shape, dtype, volume.name)
    check_grid(volume.affine, volume.name)

    def slabs() -> Iterator[np.ndarray]:
        step = SLAB if dtype.kind == "f" else 1
        for k in range(0, volume.shape[2], step):
            yield volume[:, :, k : k + step]

    check_values(slabs(), volume.name)
    return volume
