"""What the metrics count on one set of samples and its raters, counted once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ssb.metrics.pairwise import check_same_voxels, flat_masks, ratio, shared_voxels


@dataclass(frozen=True)
class Pairs:
    """Likeness of every pair of masks in [0, 1], float64: samples with raters (N, M), samples (N, N) and raters (M, M) among themselves."""

    between: np.ndarray
    samples: np.ndarray
    raters: np.ndarray


@dataclass(frozen=True)
class Comparison:
    """N samples and M raters of one image. Make it with `of`; `first` takes the first samples of it without counting pairs again.

    samples (N, U) and raters (M, U): bool over the U voxels that any mask covers. used (V,): bool, which of all voxels those are.
    shared (N + M, N + M): float64, number of voxels that two masks share, samples before raters.
    """

    samples: np.ndarray
    raters: np.ndarray
    used: np.ndarray
    shared: np.ndarray

    @classmethod
    def of(cls, samples: np.ndarray, raters: np.ndarray) -> Comparison:
        """samples (N, ...) and raters (M, ...) are bool over the same voxels; a ValueError where they differ or a set is empty."""
        check_same_voxels(samples, raters)
        first, second = flat_masks(samples), flat_masks(raters)
        used = first.any(axis=0) | second.any(axis=0)
        first, second = first.compress(used, axis=1), second.compress(used, axis=1)
        together = np.concatenate([first, second])
        return cls(first, second, used, shared_voxels(together, together))

    def first(self, n: int) -> Comparison:
        """The first n samples beside all raters; a ValueError where there are fewer samples."""
        if not 1 <= n <= self.n:
            raise ValueError(f"expected a number of samples from 1 to {self.n}, got {n}")
        keep = np.r_[:n, self.n : self.n + self.m]
        return Comparison(self.samples[:n], self.raters, self.used, self.shared[np.ix_(keep, keep)])

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.samples)

    @property
    def m(self) -> int:
        """Number of raters."""
        return len(self.raters)

    @cached_property
    def iou(self) -> Pairs:
        """Intersection over union; 1 where both masks are empty."""
        return self._pairs(ratio(self.shared, self._sizes - self.shared))

    @cached_property
    def dice(self) -> Pairs:
        """Dice coefficient; 1 where both masks are empty."""
        return self._pairs(ratio(2 * self.shared, self._sizes))

    @cached_property
    def covered(self) -> np.ndarray:
        """Number of samples that cover each voxel, int64 (V,)."""
        return self._on_all(self.samples.sum(axis=0))

    @cached_property
    def drawn(self) -> np.ndarray:
        """Number of raters that cover each voxel, int64 (V,)."""
        return self._on_all(self.raters.sum(axis=0))

    @property
    def mean(self) -> np.ndarray:
        """Mean of the samples, float64 (V,) in [0, 1]."""
        return self.covered / self.n

    @property
    def rater_mean(self) -> np.ndarray:
        """Mean of the raters, float64 (V,) in [0, 1]."""
        return self.drawn / self.m

    @property
    def rater_masks(self) -> np.ndarray:
        """The raters' masks over all voxels, bool (M, V)."""
        return self._on_all(self.raters)

    @property
    def _sizes(self) -> np.ndarray:
        """Sum of the voxels of the two masks of every pair."""
        sizes = self.shared.diagonal()
        return sizes[:, None] + sizes[None, :]

    def _pairs(self, likeness: np.ndarray) -> Pairs:
        n = self.n
        return Pairs(likeness[:n, n:], likeness[:n, :n], likeness[n:, n:])

    def _on_all(self, values: np.ndarray) -> np.ndarray:
        whole = np.zeros((*values.shape[:-1], self.used.size), dtype=values.dtype)
        whole[..., self.used] = values
        return whole
