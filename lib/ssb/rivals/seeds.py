"""Where the rivals' randomness comes from: one generator a sample."""

from __future__ import annotations

import numpy as np
import torch


def sample_generators(seed: int, count: int) -> list[torch.Generator]:
    """CPU generators of samples 0 .. count - 1 of a seed; that of sample n is a function of seed and n alone."""
    states = (np.random.SeedSequence((seed, n)).generate_state(1, np.uint64)[0] >> np.uint64(1) for n in range(count))
    return [torch.Generator().manual_seed(int(state)) for state in states]
