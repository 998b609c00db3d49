"""A shortage of memory becomes a sentence, and nothing of the work stays behind."""

from __future__ import annotations

import weakref

import numpy as np
import pytest
import torch

from ssb.memory import MemoryShortError, is_shortage, memory_watched


def take_too_much(kind: str) -> None:
    if kind == "numpy":
        np.zeros(2**62, np.uint8)
    elif kind == "torch":
        torch.empty(2**60)
    else:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")


@pytest.mark.parametrize("kind", ["numpy", "torch", "cuda"])
def test_a_real_shortage_is_a_sentence_and_what_was_made_is_freed(kind: str) -> None:
    freed: list[str] = []
    gone: list[weakref.ref[np.ndarray]] = []

    def work() -> None:
        made = np.zeros(1000)
        gone.append(weakref.ref(made))
        take_too_much(kind)

    with pytest.raises(MemoryShortError, match=r"^The 16 samples need more memory than this machine has free now") as caught:
        with memory_watched("The 16 samples", lambda: freed.append("caches")):
            work()
        pytest.fail("no error")
    assert caught.value.status == 503
    assert freed == ["caches"]
    assert gone[0]() is None


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="of another kind"), memory_watched("It"):
        raise RuntimeError("of another kind")
    assert not is_shortage(ValueError("out of memory"))
