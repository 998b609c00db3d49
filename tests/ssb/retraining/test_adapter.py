import copy

import pytest
import torch

from ssb.errors import InputError
from ssb.network import BridgeNetwork
from ssb.presets import PRESETS
from ssb.retraining.adapter import adapt, changes_of, load_changes, merged


@pytest.fixture
def network() -> BridgeNetwork:
    torch.manual_seed(0)
    return BridgeNetwork(PRESETS["tiny"].network)


def output(network: BridgeNetwork) -> torch.Tensor:
    image = torch.linspace(-1, 1, 32 * 32).reshape(1, 1, 32, 32)
    return network(image, network.encode(image), torch.full((1,), 0.5), torch.full((1,), 0.3))


def stir(network: BridgeNetwork) -> None:
    generator = torch.Generator().manual_seed(1)
    for value in changes_of(network).values():
        value.add_(0.1 * torch.randn(value.shape, generator=generator))


def test_a_fresh_change_changes_nothing(network: BridgeNetwork) -> None:
    before = output(network)
    adapt(network, rank=2)
    assert torch.equal(output(network), before)


def test_only_the_change_learns_and_every_weight_has_one(network: BridgeNetwork) -> None:
    names = set(network.state_dict())
    adapt(network, rank=2)
    learnt = [weight for weight in network.parameters() if weight.requires_grad]
    assert {name.rpartition(".")[0] for name in changes_of(network)} == names
    assert sum(weight.numel() for weight in learnt) == sum(value.numel() for value in changes_of(network).values())


def test_a_thick_kernel_gets_two_factors_and_a_bias_its_own_shape(network: BridgeNetwork) -> None:
    adapt(network, rank=2)
    changes = changes_of(network)
    assert changes["encoder.blocks.2.conv1.weight.up"].shape == (8, 2)
    assert changes["encoder.blocks.2.conv1.weight.down"].shape == (2, 72)
    assert changes["encoder.blocks.2.conv1.bias.change"].shape == (8,)


def test_merged_weights_draw_as_the_adapted_network(network: BridgeNetwork) -> None:
    published = copy.deepcopy(network)
    adapt(network, rank=2)
    stir(network)
    weights = merged(published.state_dict(), changes_of(network))
    plain = BridgeNetwork(PRESETS["tiny"].network)
    plain.load_state_dict(weights)
    assert not torch.equal(output(plain), output(published))
    assert torch.allclose(output(plain), output(network), atol=1e-5)


def test_a_change_of_rank_two_has_rank_two(network: BridgeNetwork) -> None:
    published = copy.deepcopy(network)
    adapt(network, rank=2)
    stir(network)
    name = "encoder.blocks.2.conv1.weight"
    change = merged(published.state_dict(), changes_of(network))[name] - published.state_dict()[name]
    assert int(torch.linalg.matrix_rank(change.flatten(1), atol=1e-5)) == 2


def test_a_frozen_part_has_no_change(network: BridgeNetwork) -> None:
    adapt(network, rank=2, frozen=["encoder"])
    assert changes_of(network)
    assert not [name for name in changes_of(network) if name.startswith("encoder.")]


def test_an_unknown_part_is_refused_with_the_names(network: BridgeNetwork) -> None:
    with pytest.raises(InputError, match="There is no part 'brain' of the network to freeze: choose among encoder, embedding"):
        adapt(network, frozen=["brain"])


def test_changes_come_back(network: BridgeNetwork) -> None:
    other = copy.deepcopy(network)
    adapt(network, rank=2)
    adapt(other, rank=2, seed=5)
    stir(network)
    load_changes(other, changes_of(network))
    assert torch.equal(output(other), output(network))
