import pytest
import torch

from ssb.bridge import BridgeScheduler

STEPS = 10


@pytest.fixture
def bridge() -> BridgeScheduler:
    return BridgeScheduler(STEPS, peak_deviation=0.5)


def points(bridge: BridgeScheduler, step: int, noise: float = 0.0) -> torch.Tensor:
    mask, image = torch.full((1, 1, 2, 2), -1.0), torch.full((1, 1, 2, 2), 0.5)
    return bridge.add_noise(mask, torch.full_like(mask, noise), torch.tensor([step]), image)


def test_the_bridge_starts_at_the_mask_and_ends_at_the_image(bridge: BridgeScheduler) -> None:
    assert torch.allclose(points(bridge, 0, noise=3.0), torch.tensor(-1.0))
    assert torch.allclose(points(bridge, STEPS, noise=3.0), torch.tensor(0.5))


def test_half_way_is_the_mean_with_the_peak_deviation(bridge: BridgeScheduler) -> None:
    assert torch.allclose(points(bridge, STEPS // 2), torch.tensor(-0.25), atol=1e-6)
    assert torch.allclose(points(bridge, STEPS // 2, noise=1.0), torch.tensor(-0.25 + 0.5), atol=1e-6)


def test_deviation_rises_to_the_middle_and_falls_symmetrically(bridge: BridgeScheduler) -> None:
    deviation = [float((points(bridge, t, 1.0) - points(bridge, t)).mean()) for t in range(STEPS + 1)]
    assert deviation == pytest.approx(deviation[::-1], abs=1e-6)
    assert deviation[:6] == sorted(deviation[:6])


def test_increments_are_mirrored_and_their_square_root_is_linear(bridge: BridgeScheduler) -> None:
    root = bridge.betas.sqrt()
    assert torch.allclose(root, root.flip(0))
    assert torch.allclose(root[:5].diff(), root[:5].diff()[0].expand(4))


def test_reverse_step_with_the_true_mask_has_the_marginal_of_the_bridge(bridge: BridgeScheduler) -> None:
    generator = torch.Generator().manual_seed(0)
    mask, image = torch.full((20000, 1, 1, 1), -1.0), torch.full((20000, 1, 1, 1), 0.5)
    at = bridge.add_noise(mask, torch.randn(mask.shape, generator=generator), torch.full((20000,), 7), image)
    reached = bridge.step(mask, 7, at, 3, torch.randn(mask.shape, generator=generator))
    mean = float(bridge.add_noise(mask[:1], torch.zeros(1, 1, 1, 1), torch.tensor([3]), image[:1]))
    deviation = float(bridge.add_noise(mask[:1], torch.ones(1, 1, 1, 1), torch.tensor([3]), image[:1])) - mean
    assert float(reached.mean()) == pytest.approx(mean, abs=0.02)
    assert float(reached.std()) == pytest.approx(deviation, rel=0.03)


def test_the_last_step_gives_the_prediction_itself(bridge: BridgeScheduler) -> None:
    predicted = torch.tensor([[[[0.3]]]])
    assert torch.equal(bridge.step(predicted, 2, torch.ones(1, 1, 1, 1), 0, torch.ones(1, 1, 1, 1)), predicted)


def test_inference_times_run_from_image_to_mask(bridge: BridgeScheduler) -> None:
    bridge.set_timesteps(4)
    assert bridge.timesteps.tolist() == [10, 8, 5, 2, 0]
