"""Where the samples' randomness comes from: one generator a sample, the bridge's and its rivals' alike."""

from __future__ import annotations

import numpy as np
import torch


def sample_generators(seed: int, count: int, first: int = 0) -> list[torch.Generator]:
    """CPU generators of samples `first` .. `first + count - 1` of a seed; that of sample n is a function of seed and n alone."""
    numbers = range(first, first + count)
    states = (np.random.SeedSequence((seed, n)).generate_state(1, np.uint64)[0] >> np.uint64(1) for n in numbers)
    return [torch.Generator().manual_seed(int(state)) for state in states]
