import pytest
import torch

from ssb.network import BridgeNetwork
from ssb.presets import NetworkPreset

WIDTHS = {"full": (4, 8, 8), "half": (8, 8)}


def small(dims: int = 2, bridge: str = "full", refined: bool = True) -> BridgeNetwork:
    torch.manual_seed(0)
    preset = NetworkPreset(spatial_dims=dims, encoder=(4, 8, 8), bridge=WIDTHS[bridge], embedding=16, refined=refined)
    network = BridgeNetwork(preset)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return network.eval()


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("bridge", ["full", "half"])
@pytest.mark.parametrize("refined", [True, False])
def test_logits_have_the_shape_of_the_point(dims: int, bridge: str, refined: bool) -> None:
    network, side = small(dims, bridge, refined), (8,) * dims
    point = torch.randn(3, 1, *side)
    logits = network(point, network.encode(torch.randn(3, 1, *side)), torch.tensor([0.1, 0.5, 1.0]), torch.tensor([0.1, 0.5, float("nan")]))
    assert logits.shape == point.shape
    assert torch.isfinite(logits).all()


def test_features_halve_the_grid_at_every_level() -> None:
    image = torch.randn(2, 1, 16, 8)
    assert [tuple(f.shape) for f in small().encode(image)] == [(2, 4, 16, 8), (2, 8, 8, 4), (2, 8, 4, 2)]
    assert [tuple(f.shape) for f in small(bridge="half").encode(image)] == [(2, 8, 8, 4), (2, 8, 4, 2)]


@pytest.mark.parametrize("changed", ["point", "image", "time", "rank", "untold"])
@pytest.mark.parametrize("bridge", ["full", "half"])
def test_every_input_matters(changed: str, bridge: str) -> None:
    network = small(bridge=bridge)
    point, image, time, rank = torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 8, 8), torch.tensor([0.3]), torch.tensor([0.3])
    before = network(point, network.encode(image), time, rank)
    other = {
        "point": (point + 1, image, time, rank),
        "image": (point, image + torch.rand(1, 1, 8, 8), time, rank),
        "time": (point, image, time + 0.4, rank),
        "rank": (point, image, time, rank + 0.4),
        "untold": (point, image, time, rank * float("nan")),
    }[changed]
    assert not torch.allclose(before, network(other[0], network.encode(other[1]), *other[2:]), atol=1e-4)


def test_a_fresh_network_predicts_a_small_lesion_share() -> None:
    network = BridgeNetwork(NetworkPreset())
    image = torch.zeros(1, 1, 16, 16)
    share = network(image, network.encode(image), torch.ones(1), torch.ones(1)).sigmoid().mean()
    assert 0.0 < float(share) < 0.1
