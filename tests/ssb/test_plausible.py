import numpy as np
import pytest

from ssb.plausible import Box, Request, SampleSet


@pytest.fixture
def four() -> SampleSet:
    """Four samples of three voxels in a row at (1..3, 2, 1): covered by 4, 2 and 1 of them."""
    masks = np.zeros((4, 3, 1, 1), dtype=bool)
    masks[:, 0], masks[:2, 1], masks[:1, 2] = True, True, True
    return SampleSet(masks, Box((1, 2, 1), (4, 3, 2)), (5, 4, 3), np.eye(4), Request((1, 2, 1), 4, 2, 0.0, 0), "tiny-1")


def test_probability_is_the_share_of_samples(four: SampleSet) -> None:
    assert four.probability.ravel().tolist() == [1.0, 0.5, 0.25]


def test_consensus_takes_more_than_half(four: SampleSet) -> None:
    assert four.consensus.ravel().tolist() == [True, False, False]
    assert four.unanimous.ravel().tolist() == [True, False, False]
    assert four.possible.ravel().tolist() == [True, True, True]


def test_disagreement_is_the_entropy_in_bits(four: SampleSet) -> None:
    quarter = -(0.25 * np.log2(0.25) + 0.75 * np.log2(0.75))
    assert four.disagreement.ravel().tolist() == pytest.approx([0.0, 1.0, quarter])


def test_values_go_to_their_place_on_the_grid(four: SampleSet) -> None:
    full = four.on_grid(four.probability)
    assert full.shape == (5, 4, 3)
    assert full[2, 2, 1] == 0.5
    assert np.count_nonzero(full) == 3
