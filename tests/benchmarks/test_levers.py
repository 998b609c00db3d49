import numpy as np
import pytest

from benchmarks.levers import SHIPPED, Lever, _doubled, levers
from ssb import sampling
from ssb.checkpoint import Model
from ssb.lesion import sample_lesion
from ssb.plausible import Request
from ssb.volumes.volume import Volume


def masks(lever: Lever, volume: Volume) -> np.ndarray:
    with lever.taken_away():
        return sample_lesion(volume, Request((20, 24, 6), 8, 2, 0.0, 3), lever.model).masks


@pytest.mark.usefixtures("single_precision")
def test_masks_are_the_same_where_they_are_not_scored(volume: Volume, model: Model) -> None:
    found = levers(model, model)
    shipped = masks(found.pop(SHIPPED), volume)
    del found["network compiled by torch.compile"]
    unscored = {name: lever for name, lever in found.items() if not lever.scored}
    assert len(unscored) == 5
    for name, lever in unscored.items():
        own = masks(lever, volume)
        assert own.shape == shipped.shape, name
        assert np.mean(own != shipped) < 1e-4, name


def test_a_lever_is_back_afterwards() -> None:
    before = sampling.FIRST_RANKS
    with pytest.raises(KeyboardInterrupt), Lever(None, ((sampling, "FIRST_RANKS", 16),)).taken_away():  # type: ignore[arg-type]
        assert sampling.FIRST_RANKS == 16
        raise KeyboardInterrupt
    assert before == sampling.FIRST_RANKS


def test_doubled_batches() -> None:
    assert _doubled(16, 1) == [slice(0, 4), slice(4, 8), slice(8, 16)]
