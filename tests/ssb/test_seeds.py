import torch

from ssb.seeds import sample_generators


def first_numbers(seed: int, count: int, first: int = 0) -> list[float]:
    return [float(torch.rand((), generator=generator)) for generator in sample_generators(seed, count, first)]


def test_the_numbers_of_a_sample_depend_on_seed_and_sample_alone() -> None:
    many = first_numbers(3, 6)
    assert first_numbers(3, 2) == many[:2]
    assert first_numbers(3, 4, first=2) == many[2:]
    assert len(set(many)) == 6
    assert not set(first_numbers(4, 6)) & set(many)
