from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from ssb.datasets.batches import draw_batch
from ssb.datasets.lidc import LidcCrops
from ssb.draws import Draws
from ssb.losses import energy_loss, mask_loss
from ssb.method import Method
from ssb.presets import PRESETS
from ssb.rivals.ranked import RankedUNet

TINY = PRESETS["tiny"]


@pytest.mark.usefixtures("single_precision")
def test_the_loss_pairs_every_mask_with_its_rank_and_adds_the_diversity_term(discs: LidcCrops) -> None:
    torch.manual_seed(0)
    method = RankedUNet(TINY)
    for parameter in method.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    batch = draw_batch(discs, TINY, 2, 0, 0)
    features = [f[1:] for f in method.network.encode(batch.images)]
    logits = [method.network(batch.images[1:], features, torch.ones(1), batch.ranks[1:, m])[:, 0] for m in range(4)]
    one = replace(batch, images=batch.images[1:], masks=batch.masks[1:], ranks=batch.ranks[1:])
    expected = mask_loss(torch.stack(logits, dim=1), one.masks) + 0.5 * energy_loss(torch.stack(logits, dim=1).sigmoid(), one.masks)
    assert method.loss(one, torch.Generator()).item() == pytest.approx(expected.item(), rel=1e-4)


def test_training_lowers_the_loss_and_areas_grow_with_the_rank(
    taught: Callable[[str, int], tuple[Method, list[float]]], discs: LidcCrops
) -> None:
    method, losses = taught("ranked", 60)
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])
    image = draw_batch(discs, TINY, 8, 1, 0).images[:1]
    areas = method.draw(image, 16, 0, 1).sum(dim=(1, 2))[Draws.of_seed(0, 0, 1, 16).ranks.argsort()]
    # Rater by rater: none, one pixel too small, right, one pixel too large.
    none, small, right, large = areas.reshape(4, 4).mean(dim=1).tolist()
    assert none < 0.2 * right
    assert small < 0.95 * right < 0.9 * large
