from collections.abc import Callable

import numpy as np
import pytest
import torch

from ssb.datasets.batches import Batch, draw_batch
from ssb.datasets.lidc import LidcCrops
from ssb.draws import Draws
from ssb.losses import mask_loss
from ssb.method import Method
from ssb.presets import PRESETS
from ssb.rivals.threshold import ThresholdSampler

TINY = PRESETS["tiny"]


@pytest.fixture
def ramp() -> ThresholdSampler:
    """Its probability rises evenly over a row of 32 pixels: pixel c has (c + 1/2) / 32."""
    sampler = ThresholdSampler(TINY).eval()
    sampler.network = torch.nn.Identity()
    return sampler


def row_of_logits() -> torch.Tensor:
    return ((torch.arange(32) + 0.5) / 32).logit().expand(1, 1, 32, 32)


def test_the_mask_is_where_the_probability_exceeds_the_threshold(ramp: ThresholdSampler) -> None:
    masks = ramp.draw(row_of_logits(), 16, 3, 1)
    thresholds = Draws.of_seed(3, 0, 1, 16).ranks
    assert set(masks.unique().tolist()) == {0.0, 1.0}
    for mask, threshold in zip(masks, thresholds, strict=True):
        assert int(mask[0].sum()) == sum((c + 0.5) / 32 > threshold for c in range(32))


def test_a_larger_threshold_gives_a_mask_within_the_smaller_ones(ramp: ThresholdSampler) -> None:
    masks = ramp.draw(row_of_logits(), 16, 3, 1)
    ordered = masks[Draws.of_seed(3, 0, 1, 16).ranks.argsort()]
    assert (ordered[1:] <= ordered[:-1]).all()
    assert (ordered[1:].sum(dim=(1, 2)) < ordered[:-1].sum(dim=(1, 2))).all()


def test_the_mean_of_64_samples_is_the_probability(ramp: ThresholdSampler) -> None:
    assert torch.allclose(ramp.draw(row_of_logits(), 64, 1, 1).mean(dim=0), row_of_logits()[0, 0].sigmoid(), atol=1 / 64 + 1e-6)


def test_the_loss_is_smallest_at_the_mean_of_the_raters(ramp: ThresholdSampler) -> None:
    masks = torch.tensor([0.0, 0.0, 0.0, 1.0]).reshape(1, 4, 1, 1).expand(1, 4, 8, 8)
    losses = []
    for probability in (0.2, 0.25, 0.3):
        logits = torch.full((1, 1, 8, 8), probability).logit()
        losses.append(float(ramp.loss(Batch(logits, masks, torch.zeros(1, 4)), torch.Generator())))
    assert losses[1] < min(losses[0], losses[2])
    expected = -8 * (0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    assert losses[1] == pytest.approx(expected, rel=1e-5)


def test_training_lowers_the_loss_towards_the_raters_mean(
    taught: Callable[[str, int], tuple[Method, list[float]]], discs: LidcCrops
) -> None:
    method, losses = taught("threshold", 60)
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])
    batch = draw_batch(discs, TINY, 8, 1, 0)
    with torch.no_grad():
        logits = method.network(batch.images).expand_as(batch.masks)
    share = torch.full_like(logits, float(batch.masks.mean())).logit()
    assert float(mask_loss(logits, batch.masks)) < 0.7 * float(mask_loss(share, batch.masks))
