"""Where the network runs, and on how much of it."""

from __future__ import annotations

import os
import re

from ssb.errors import InputError


def resolve_device(text: str | None) -> str:
    """The device named by `text` where this machine has it: "cpu", "cuda" or "cuda:N".

    "auto" and None give cuda where there is one, else cpu. Raises InputError for another word or a device that is not there.
    """
    import torch

    name = text or "auto"
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", name):
        raise InputError(f"The device '{name}' is not known: give cpu, cuda, cuda:0 (or another number) or auto.")
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return "cuda" if found else "cpu"
    number = int(name.partition(":")[2] or 0)
    if name.startswith("cuda") and number >= found:
        there = f"cpu and cuda:0 to cuda:{found - 1}" if found else "only cpu"
        raise InputError(f"The device '{name}' is not available: this machine has {there}.")
    return name


def available_cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
