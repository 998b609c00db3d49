from __future__ import annotations

import pytest

from ssb.errors import InputError
from ssb.limits import SMALL, Limits, TooLargeError, check_unpacked, limits


def test_the_environment_changes_a_limit_and_leaves_the_others() -> None:
    found = Limits.of({"SSB_MAX_VOXELS": "1000", "PATH": "/bin"})
    assert (found.voxels, found.upload_bytes) == (1000, Limits().upload_bytes)


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "many", "\u0661", "9" * 16])
def test_a_limit_that_is_none_is_named(text: str) -> None:
    with pytest.raises(InputError, match=r"The setting SSB_MAX_UPLOAD_BYTES is .* whole number from 1"):
        Limits.of({"SSB_MAX_UPLOAD_BYTES": text})


def test_what_unpacks_to_too_much_is_refused() -> None:
    ratio, most = limits().archive_ratio, limits().upload_bytes
    check_unpacked(1, SMALL, "a")
    check_unpacked(SMALL, most, "a")
    with pytest.raises(TooLargeError, match=f"more than {ratio} times its size"):
        check_unpacked(SMALL // ratio - 1, SMALL + 1, "a")
    with pytest.raises(TooLargeError, match=f"more than {most} bytes") as caught:
        check_unpacked(most, most + 1, "a")
    assert caught.value.status == 413
