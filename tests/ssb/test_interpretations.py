import numpy as np
import pytest

from ssb.interpretations import MOST, interpret
from ssb.plausible import Box, Request, SampleSet


def sample_set(*lengths: int) -> SampleSet:
    """Samples that cover the first n voxels of a row of 100 voxels of 1 mL each."""
    masks = np.stack([(np.arange(100) < n).reshape(100, 1, 1) for n in lengths])
    request = Request((0, 0, 0), len(masks), 2, 0.0, 0)
    return SampleSet(masks, Box((0, 0, 0), (100, 1, 1)), (100, 1, 1), np.diag([10.0, 10, 10, 1]), request, "m")


def test_like_samples_are_one_interpretation_and_its_medoid_speaks_for_it() -> None:
    first, second, third = interpret(sample_set(50, 90, 52, 0, 55, 93))
    assert (first.name, first.members, first.representative, first.share) == ("interpretation 1", (0, 2, 4), 2, 0.5)
    assert first.volume_ml == pytest.approx(52.0)
    assert (second.name, second.members) == ("interpretation 2", (1, 5))
    assert (third.name, third.members, third.volume_ml) == ("no lesion", (3,), 0.0)


def test_shares_add_up_to_one() -> None:
    assert sum(part.share for part in interpret(sample_set(3, 30, 0, 31, 90, 0, 5))) == pytest.approx(1.0)


def test_all_empty_is_no_lesion_alone() -> None:
    (only,) = interpret(sample_set(0, 0, 0))
    assert (only.name, only.share) == ("no lesion", 1.0)


def test_one_sample_is_one_interpretation() -> None:
    (only,) = interpret(sample_set(7))
    assert (only.members, only.representative) == ((0,), 0)


def test_there_are_never_more_than_four_beside_no_lesion() -> None:
    assert len(interpret(sample_set(1, 2, 4, 8, 16, 32, 64, 100))) == MOST
