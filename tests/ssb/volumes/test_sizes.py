from __future__ import annotations

import pytest

from ssb.errors import InputError
from ssb.limits import TooLargeError
from ssb.volumes.sizes import check_sizes


def test_sizes_that_fit_are_counted() -> None:
    assert check_sizes((4, 5, 6), "a", 2, held=240) == 120
    assert check_sizes((0, 5), "a") == 0


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match=r"The file a is broken: its sizes are 4 x -5\."):
        check_sizes((4, -5), "a")
    with pytest.raises(InputError, match=r"its header claims 4 x 5 x 6 voxels, but the file holds at most 239 bytes of them\."):
        check_sizes((4, 5, 6), "a", 2, held=239)
    with pytest.raises(TooLargeError, match=r"The image a has 4294967296 x 4294967296 voxels: at most 1073741824 are taken\."):
        check_sizes((2**32, 2**32), "a")  # 0 in 64 bits
