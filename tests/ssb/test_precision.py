import numpy as np
import pytest
import torch

from ssb.checkpoint import load_model
from ssb.lesion import sample_lesion
from ssb.plausible import Request
from ssb.precision import autocast
from ssb.shipped import shipped_checkpoint
from ssb.volumes.volume import Volume
from tests.conftest import matrix_tiles


@pytest.mark.parametrize("tiles", [False, True])
def test_bfloat16_is_taken_where_the_processor_has_matrix_tiles(tiles: bool) -> None:
    layer, given = torch.nn.Linear(2, 2), torch.ones(1, 2)
    with matrix_tiles(tiles), autocast(torch.device("cpu")):
        assert layer(given).dtype == (torch.bfloat16 if tiles else torch.float32)
    assert layer(given).dtype == torch.float32


def test_bfloat16_moves_the_shipped_masks_by_far_less_than_they_differ(volume: Volume) -> None:
    model, found = load_model(shipped_checkpoint()), []
    for tiles in (False, True):
        with matrix_tiles(tiles):
            found.append(sample_lesion(volume, Request((20, 24, 6), 16, 2, 0.0, 3), model))
    exact, fast = (one.on_grid(one.probability) for one in found)
    moved = np.abs(exact - fast)
    assert moved.any(), "bfloat16 was not used"
    assert moved.sum() < 0.1 * (exact * (1 - exact)).sum()
