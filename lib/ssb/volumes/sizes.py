"""Whether a header's sizes can be true: asked before a byte of voxels is read or memory is taken for them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ssb.errors import InputError
from ssb.limits import TooLargeError, limits


def check_sizes(sizes: Sequence[int], name: str, itemsize: int = 1, held: int | None = None) -> int:
    """The number of voxels. Raises InputError for a negative size and where the voxels take more bytes than the file can hold, else
    TooLargeError for more voxels than `ssb.limits` allows.

    sizes: of all axes, frames or layers too. A size of 0 passes: `check_image` says that the image is empty. itemsize: bytes of a voxel,
    at least. held: the most bytes of voxels that the file can hold; None where that is not known.
    """
    shown = " x ".join(str(int(n))[:20] for n in sizes[:8])
    if any(int(n) < 0 for n in sizes):
        raise InputError(f"The file {name} is broken: its sizes are {shown}.")
    count = math.prod(int(n) for n in sizes)
    if held is not None and count * itemsize > held:
        raise InputError(f"The file {name} is broken: its header claims {shown} voxels, but the file holds at most {held} bytes of them.")
    if count > limits().voxels:
        raise TooLargeError(f"The image {name} has {shown} voxels: at most {limits().voxels} are taken.")
    return count
