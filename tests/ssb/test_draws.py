import numpy as np
import pytest
import torch

from ssb.draws import Draws


def test_more_samples_begin_with_the_same_ones() -> None:
    few, many = Draws.of_seed(5, 3, 8, 2), Draws.of_seed(5, 3, 8, 6)
    later = Draws.of_seed(5, 3, 8, 4, first=2)
    assert torch.equal(few.ranks, many.ranks[:2])
    assert torch.equal(many.ranks[2:], later.ranks)
    assert torch.equal(many.noise[2:], later.noise)


@pytest.mark.parametrize("count", [4, 16])
def test_ranks_are_spread_evenly(count: int) -> None:
    ranks = np.sort(Draws.of_seed(11, 2, 4, count).ranks.numpy())
    gaps = np.diff(np.concatenate([ranks, ranks[:1] + 1]))
    assert np.allclose(gaps, 1 / count, atol=1e-5)


def test_a_subset_keeps_its_own_numbers() -> None:
    draws = Draws.of_seed(5, 3, 8, 4)
    some = draws.subset(np.array([False, True, False, True]))
    assert torch.equal(some.ranks, draws.ranks[[1, 3]])
    assert torch.equal(some.noise, draws.noise[[1, 3]])
