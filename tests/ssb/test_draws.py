import numpy as np
import pytest
import torch

from ssb.draws import Draws


def test_more_samples_begin_with_the_same_ones() -> None:
    few, many = Draws.of_seed(5, 3, 8, 2), Draws.of_seed(5, 3, 8, 6)
    later = Draws.of_seed(5, 3, 8, 4, first=2)
    assert torch.equal(few.ranks, many.ranks[:2])
    assert later.numbers.tolist() == [2, 3, 4, 5]
    assert torch.equal(many.ranks[2:], later.ranks)
    assert torch.equal(many.thresholds[2:], later.thresholds)
    assert torch.equal(many.noise[2:], later.noise)


@pytest.mark.parametrize(("numbers", "count"), [("ranks", 4), ("ranks", 16), ("thresholds", 3), ("thresholds", 27)])
def test_ranks_and_thresholds_are_spread_evenly(numbers: str, count: int) -> None:
    found = np.sort(getattr(Draws.of_seed(11, 2, 4, count), numbers).numpy())
    gaps = np.diff(np.concatenate([found, found[:1] + 1]))
    assert np.allclose(gaps, 1 / count, atol=1e-5)


def test_ranks_and_thresholds_are_spread_evenly_together() -> None:
    draws = Draws.of_seed(0, 0, 1, 36)
    offset_ranks, offset_thresholds = np.random.default_rng(0).random(2)
    cells = {
        (int((rank - offset_ranks + 1e-6) % 1 * 4), int((threshold - offset_thresholds + 1e-6) % 1 * 9))
        for rank, threshold in zip(draws.ranks.tolist(), draws.thresholds.tolist(), strict=True)
    }
    assert len(cells) == 36


def test_a_subset_keeps_its_own_numbers() -> None:
    draws = Draws.of_seed(5, 3, 8, 4)
    for members, rows in ((np.array([False, True, False, True]), [1, 3]), (slice(1, 3), [1, 2])):
        some = draws.subset(members)
        assert some.numbers.tolist() == rows
        assert torch.equal(some.ranks, draws.ranks[rows])
        assert torch.equal(some.thresholds, draws.thresholds[rows])
        assert torch.equal(some.noise, draws.noise[rows])


def test_parts_of_the_square_and_parts_joined() -> None:
    draws = Draws.of_seed(5, 3, 8, 4)
    middle = draws.middle(4)
    assert torch.equal(middle.noise, draws.noise[:, :, 2:6, 2:6]) and torch.equal(middle.ranks, draws.ranks)
    joined = Draws.joined([draws.subset(slice(0, 1)), draws.subset(slice(1, 4))])
    assert all(torch.equal(getattr(joined, name), getattr(draws, name)) for name in ("numbers", "ranks", "thresholds", "noise"))
