import pytest
import torch

from ssb.symmetries import COUNTS, in_symmetries, own_symmetry, symmetries_of, turned_each

IMAGES = torch.arange(32.0).reshape(2, 1, 4, 4)


def test_the_symmetries_are_the_eight_of_the_square() -> None:
    found = in_symmetries(IMAGES[:1], 8)
    assert len({tuple(one.flatten().tolist()) for one in found}) == 8
    again = {tuple(one.flatten().tolist()) for one in in_symmetries(torch.rot90(IMAGES[:1], 1, (-2, -1)).flip(-1), 8)}
    assert again == {tuple(one.flatten().tolist()) for one in found}


@pytest.mark.parametrize("count", COUNTS)
def test_the_symmetries_of_an_image_follow_each_other(count: int) -> None:
    found = in_symmetries(IMAGES, count)
    assert torch.equal(found[0], IMAGES[0]) and torch.equal(found[count], IMAGES[1])
    assert torch.equal(found[:count], turned_each(IMAGES[:1].repeat(count, 1, 1, 1), torch.arange(count)))


def test_each_is_turned_back_from_its_own_symmetry() -> None:
    own = torch.tensor([3, 6])
    turned = turned_each(IMAGES, own)
    assert not torch.equal(turned[0], IMAGES[0]) and not torch.equal(turned[1], IMAGES[1])
    assert torch.equal(turned_each(turned, own, back=True), IMAGES)


@pytest.mark.parametrize("count", COUNTS)
def test_samples_take_even_turns_in_orders_that_change(count: int) -> None:
    own = own_symmetry(torch.arange(8 * count), count).reshape(8, count)
    assert torch.equal(own.sort().values, torch.arange(count).repeat(8, 1))
    assert count == 1 or not torch.equal(own[0], own[1])


def test_candidates_see_as_many_symmetries_as_make_a_group() -> None:
    assert [symmetries_of(candidates) for candidates in (1, 2, 3, 4, 7, 8, 25)] == [1, 2, 2, 4, 4, 8, 8]
