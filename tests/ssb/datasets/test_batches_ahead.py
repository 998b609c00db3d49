import pytest
import torch

from ssb.datasets.batches import draw_batch
from ssb.datasets.batches_ahead import batches_of_steps
from ssb.datasets.lidc import LidcCrops
from ssb.presets import PRESETS

TINY = PRESETS["tiny"]


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_every_device_gets_the_batches_of_the_steps_in_their_order(discs: LidcCrops, device: str) -> None:
    """A device's name alone decides who draws: its processes are real here too, and no GPU is needed for them."""
    batches = list(batches_of_steps(discs, TINY, 3, 7, range(4, 13), torch.device(device)))
    assert len(batches) == 9
    for step, batch in zip(range(4, 13), batches, strict=True):
        expected = draw_batch(discs, TINY, 3, 7, step)
        assert torch.equal(batch.images, expected.images)
        assert torch.equal(batch.masks, expected.masks)
        assert torch.equal(batch.ranks, expected.ranks)
