"""One 3-D labelmap of a sample set, for viewers that show neither overlap nor numbers between 0 and 1."""

from __future__ import annotations

import numpy as np

from ssb.errors import InputError
from ssb.interpretations import interpret
from ssb.plausible import SampleSet

CONSENSUS = "consensus"
LEVELS = "levels"
BANDS = {"possible": 1, "majority": 2, "unanimous": 3}
USUAL_INTERPRETATIONS = 3


def show_choices(samples: int, interpretations: int = USUAL_INTERPRETATIONS) -> list[str]:
    """The views of a set of `samples` masks, the default first: for a dropdown, which must be written before anything is sampled.

    interpretations: how many of them to offer; a set may turn out to have fewer, then `labelmap` says so.
    """
    views = [CONSENSUS, LEVELS]
    views += [f"interpretation {k}" for k in range(1, interpretations + 1)]
    return views + [f"sample {n}" for n in range(1, samples + 1)]


def labelmap(sample_set: SampleSet, show: str = CONSENSUS) -> tuple[np.ndarray, dict[str, int]]:
    """The view `show` on the image's whole grid: uint8 (I, J, K), and the value of each label by its name.

    show: "consensus", the majority; "levels", bands that lie inside one another: 1 any sample ("possible"), 2 more than half of them
    ("majority"), 3 all ("unanimous"), each voxel with its highest; the name of an interpretation, its representative sample;
    "sample n", n from 1. Raises InputError naming the allowed values for any other `show`.
    """
    if show == CONSENSUS:
        return sample_set.on_grid(sample_set.consensus.astype(np.uint8)), {CONSENSUS: 1}
    if show == LEVELS:
        bands = [sample_set.possible, sample_set.consensus, sample_set.unanimous]
        return sample_set.on_grid(np.sum(bands, axis=0, dtype=np.uint8)), dict(BANDS)
    count = len(sample_set.masks)
    members = {f"sample {n + 1}": n for n in range(count)}
    if show not in members:
        members |= {found.name: found.representative for found in interpret(sample_set)}
    if show not in members:
        groups = [repr(name) for name in members if not name.startswith("sample ")]
        allowed = [repr(CONSENSUS), repr(LEVELS), *groups, f"'sample 1' to 'sample {count}'"]
        raise InputError(f"The option show is {show!r}, but it must be one of {', '.join(allowed)}.")
    return sample_set.on_grid(sample_set.masks[members[show]].astype(np.uint8)), {show: 1}
