"""Several processes that train one network, each on its own part of every step: torch.distributed, NCCL on GPUs and gloo on CPUs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor, distributed


def process_number() -> int:
    """The number of this process among those that train together, from 0; 0 where it trains alone."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def process_count() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def average_gradients(weights: Sequence[Tensor]) -> None:
    """Replace each gradient by its mean over the processes; a missing one counts as zero. Does nothing for one process."""
    if process_count() == 1:
        return
    gradients = [torch.zeros_like(weight) if weight.grad is None else weight.grad for weight in weights]
    joined = torch.cat([gradient.reshape(-1) for gradient in gradients])
    distributed.all_reduce(joined)
    joined /= process_count()
    start = 0
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.grad = joined[start : start + gradient.numel()].reshape(gradient.shape)
        start += gradient.numel()


def agreed(*numbers: float, device: torch.device) -> list[float]:
    """The numbers as the first process has them, so that all end a run with the same step."""
    if process_count() == 1:
        return list(numbers)
    shared = torch.tensor(numbers, dtype=torch.float64, device=device)
    distributed.broadcast(shared, 0)
    return shared.tolist()


def together(count: int, device: str, work: Callable[[str], None]) -> None:
    """Run `work(device)` in `count` processes that know each other, on cuda:0, cuda:1, ... or all on the CPU.

    work must be importable by name. The first error of a process ends all of them and is raised.
    """
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(_process, (count, device, work, str(Path(folder) / "meeting")), nprocs=count)


def _process(number: int, count: int, device: str, work: Callable[[str], None], meeting: str) -> None:
    own = f"cuda:{number}" if device.startswith("cuda") else device
    if own != device:
        torch.cuda.set_device(number)
    # Several processes that each take all cores only wait for each other.
    torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) // count) if hasattr(os, "sched_getaffinity") else 1)
    backend = "nccl" if device.startswith("cuda") else "gloo"
    distributed.init_process_group(backend, init_method=f"file://{meeting}", rank=number, world_size=count)
    try:
        work(own)
    finally:
        distributed.destroy_process_group()
