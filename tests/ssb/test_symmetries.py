import pytest
import torch

from ssb.checkpoint import Model
from ssb.symmetries import COUNTS, SYMMETRIES, averaged, encode

IMAGE = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
TURNS = {1: [], 2: [(2, False)], 4: [(1, False), (3, False)], 8: [(1, False), (0, True), (3, True)]}


def output(model: Model, image: torch.Tensor, count: int) -> torch.Tensor:
    told = torch.tensor([0.3])
    return averaged(model.network, image, encode(model.network, image, count), torch.ones(1), told, count)


def turned(image: torch.Tensor, quarters: int, mirrored: bool) -> torch.Tensor:
    return torch.rot90(image.flip(-1) if mirrored else image, quarters, (-2, -1))


def test_the_symmetries_are_the_eight_of_the_square() -> None:
    corners = torch.arange(4).reshape(2, 2)
    assert len({tuple(turned(corners, *symmetry).flatten().tolist()) for symmetry in SYMMETRIES}) == 8


@torch.inference_mode()
def test_one_symmetry_is_the_network_itself(model: Model) -> None:
    alone = model.network(IMAGE, model.network.encode(IMAGE), torch.ones(1), torch.tensor([0.3]))
    assert torch.equal(output(model, IMAGE, 1), alone)


@torch.inference_mode()
@pytest.mark.parametrize("count", COUNTS)
def test_the_mean_turns_with_the_image(model: Model, count: int) -> None:
    for symmetry in TURNS[count]:
        expected = turned(output(model, IMAGE, count), *symmetry)
        torch.testing.assert_close(output(model, turned(IMAGE, *symmetry), count), expected, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
@pytest.mark.parametrize("count", [1, 2, 4])
def test_fewer_do_not_turn_with_the_symmetries_they_lack(model: Model, count: int) -> None:
    expected = turned(output(model, IMAGE, count), 1, True)
    assert float((output(model, turned(IMAGE, 1, True), count) - expected).abs().max()) > 1e-3
