import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ssb.method import Method
from ssb.presets import PRESETS
from ssb.rivals.ssn import RANK, LogitNormal, StochasticSegmentationNetwork, negative_log_likelihood

TINY = PRESETS["tiny"]


def with_heads(mean: float, factor: float, log_variance: float) -> StochasticSegmentationNetwork:
    """The same distribution for every image and pixel."""
    method = StochasticSegmentationNetwork(TINY).eval()
    for head, bias in ((method.network.mean, [mean]), (method.network.spread, [factor] * RANK + [log_variance])):
        nn.init.zeros_(head[-1].weight)
        head[-1].bias.data = torch.tensor(bias)
    return method


def test_the_covariance_of_the_logits_is_that_of_factor_and_diagonal() -> None:
    generator = torch.Generator().manual_seed(0)
    mean, diagonal = torch.tensor([[1.0, -2.0, 0.5, 0.0]]), torch.tensor([[0.1, 0.5, 1.0, 2.0]])
    factor = torch.randn(1, RANK, 4, generator=generator)
    z, e = (torch.randn(1, 40_000, width, generator=generator) for width in (RANK, 4))
    logits = LogitNormal(mean, factor, diagonal).logits(z, e)[0]
    assert torch.allclose(logits.mean(dim=0), mean[0], atol=0.1)
    assert torch.allclose(logits.T.cov(), factor[0].T @ factor[0] + diagonal[0].diag(), atol=0.4)
    assert torch.allclose(logits.T.corrcoef(), torch.from_numpy(correlation(factor[0], diagonal[0])), atol=0.02)


def correlation(factor: Tensor, diagonal: Tensor) -> np.ndarray:
    covariance = (factor.T @ factor).numpy() + np.diag(diagonal.numpy())
    deviation = np.sqrt(np.diag(covariance))
    return covariance / np.outer(deviation, deviation)


def test_the_likelihood_of_one_pixel_is_the_mean_over_the_samples() -> None:
    # Probabilities 1/2 and 3/4: inside the mask their mean is 5/8, outside 3/8.
    logits = torch.tensor([0.0, math.log(3)]).reshape(1, 2, 1)
    value = negative_log_likelihood(logits, torch.tensor([[[1.0], [0.0]]]))
    assert value[0].tolist() == pytest.approx([-math.log(5 / 8), -math.log(3 / 8)])


def test_pixels_of_one_sample_belong_together() -> None:
    # Two samples, both pixels in or both out with probability 3/4 each: (9/16 + 1/16) / 2 for equal pixels, 3/16 for different ones.
    logits = torch.tensor([[1.0, 1.0], [-1.0, -1.0]])[None] * math.log(3)
    value = negative_log_likelihood(logits, torch.tensor([[[1.0, 1.0], [0.0, 0.0], [1.0, 0.0]]]))
    assert value[0].tolist() == pytest.approx([-math.log(5 / 16), -math.log(5 / 16), -math.log(3 / 16)])


def test_the_likelihood_of_a_whole_slice_stays_finite() -> None:
    logits = torch.full((1, 20, 128 * 128), 30.0)
    assert float(negative_log_likelihood(logits, torch.zeros(1, 1, 128 * 128))) == pytest.approx(30 * 128 * 128, rel=1e-5)


def test_slices_of_a_nodule_share_the_coefficients() -> None:
    method = with_heads(mean=0.0, factor=1.0, log_variance=-30.0)
    first, second = (method.draw(torch.rand(1, 1, 32, 32), 8, 4, 1) for _ in range(2))
    assert torch.allclose(first, second, atol=1e-4)
    assert float(first.flatten(1).std(dim=1).max()) < 0.01
    assert float(first[:, 0, 0].std()) > 0.2


def test_a_region_takes_the_middle_of_the_noise_of_its_window() -> None:
    method = with_heads(mean=0.0, factor=0.0, log_variance=0.0)
    region, window = method.draw(torch.zeros(1, 1, 32, 32), 2, 4, 1), method.draw(torch.zeros(1, 1, 64, 64), 2, 4, 1)
    assert torch.allclose(region, window[:, 16:48, 16:48], atol=1e-5)
    assert float(region.logit().std()) == pytest.approx(1.0, abs=0.1)


def test_training_lowers_the_loss(taught: Callable[[str, int], tuple[Method, list[float]]]) -> None:
    _, losses = taught("ssn", 60)
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])
