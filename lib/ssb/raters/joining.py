"""Groups of marks that are of one thing: the likest pairs are joined first, as far as a rule allows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def join_alike(likeness: np.ndarray, may_be_one: Callable[[list[int]], bool]) -> list[list[int]]:
    """The groups, each as the ascending indices of its members, in the order of their first ones.

    Linked pairs are taken in the order of falling likeness, equal ones in the order of their indices, and the groups of the two are
    joined unless `may_be_one` refuses the ascending indices of both groups together.

    likeness: (n, n) symmetric, NaN where two are not linked.
    """
    groups = {index: [index] for index in range(len(likeness))}
    owner = list(groups)
    first, second = np.triu_indices(len(likeness), k=1)
    value = likeness[first, second]
    linked = np.flatnonzero(~np.isnan(value))
    for pair in linked[np.argsort(-value[linked], kind="stable")]:
        low, high = sorted((owner[first[pair]], owner[second[pair]]))
        if low != high and may_be_one(joined := sorted(groups[low] + groups[high])):
            groups[low] = joined
            for member in groups.pop(high):
                owner[member] = low
    return [groups[label] for label in sorted(groups)]
