"""Which entry is scored on which crops with how many samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ssb.benchmark.entries import ENTRIES, Entry
from ssb.errors import InputError
from ssb.evaluation import chosen

COMMON = 32
"""Samples at which metrics that depend on their number are compared, where they are among those asked."""


@dataclass(frozen=True)
class Plan:
    """What one benchmark does.

    entries: the lines of the table. counts: numbers of samples at which sets are scored, ascending. seed: of the crops and samples.
    subset: crops that every entry is scored on. limit: crops that count as all; None for every crop of the split.
    full: every entry on all crops with all samples. everywhere: keys of entries that go to all crops beside those that do by default.
    """

    entries: tuple[Entry, ...]
    counts: tuple[int, ...] = (16, 32, 100)
    seed: int = 0
    subset: int = 200
    limit: int | None = None
    full: bool = False
    everywhere: tuple[str, ...] = ()

    @property
    def common(self) -> int:
        """The number of samples of the columns other than GED: 32 where it is scored, else the largest."""
        return COMMON if COMMON in self.counts else self.counts[-1]

    def on_all(self, entry: Entry) -> bool:
        """Whether an entry is scored on all crops."""
        return self.full or entry.everywhere or entry.key in self.everywhere

    def counts_of(self, entry: Entry) -> tuple[int, ...]:
        """The numbers of samples at which an entry is scored; its own largest one alone where that is below all of them."""
        if self.full:
            return self.counts
        return tuple(n for n in self.counts if n <= entry.samples) or (entry.samples,)

    def all_crops(self, count: int) -> np.ndarray:
        """Growing indices of the crops that count as all, out of `count`."""
        return chosen(count, self.limit, self.seed)

    def subset_crops(self, count: int) -> np.ndarray:
        """Growing indices of the crops of every entry: a fixed random part of `all_crops`."""
        return chosen(count, min(self.subset, count if self.limit is None else self.limit), self.seed)

    def crops_of(self, entry: Entry, count: int) -> np.ndarray:
        """The crops that an entry is scored on."""
        return self.all_crops(count) if self.on_all(entry) else self.subset_crops(count)


def entries_of(methods: Sequence[str], everywhere: Sequence[str] = ()) -> tuple[Entry, ...]:
    """The entries of those methods; an InputError where `everywhere` names another."""
    found = tuple(entry for entry in ENTRIES if entry.method in methods)
    for key in everywhere:
        if key not in [entry.key for entry in found]:
            raise InputError(f"There is no entry '{key}': choose from {', '.join(entry.key for entry in found)}.")
    return found
