"""Work that runs out of memory ends in a sentence, and leaves none of it behind."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ssb.errors import SSBError

_TOLD = ("out of memory", "can't allocate memory", "cannot allocate memory", "not enough memory", "storage size calculation overflowed")
"""How PyTorch's messages name it, on a GPU (`torch.OutOfMemoryError` is a RuntimeError) and of its CPU allocators."""


class MemoryShortError(SSBError):
    """The machine has too little memory for what was asked."""

    status = 503


@contextmanager
def memory_watched(what: str, free: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Turn a shortage of memory in the block, of the machine or its GPU, into a MemoryShortError, after `free` was called.

    what: begins the sentence, such as "The samples". By then nothing holds what the block had made, and the GPU's cache is empty.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_shortage(error):
            raise
        traceback.clear_frames(error.__traceback__)  # it would keep the arrays of the block alive
        free()
        gc.collect()
        _empty_gpu_cache()
        told = f"{what} need more memory than this machine has free now: ask for less, or try again in a minute."
        raise MemoryShortError(told) from None


def _empty_gpu_cache() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def is_shortage(error: BaseException) -> bool:
    """Whether an error says that memory is short."""
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and any(told in str(error).lower() for told in _TOLD))
