from pathlib import Path

import numpy as np
import pytest

from ssb.retraining.stored_crops import Cutting, StoredCrops, forget_others, read_facts, write_cutting


def planes(count: int, first: int) -> np.ndarray:
    return np.stack([np.full((128, 128), first + n, dtype=np.uint8) for n in range(count)] or [np.zeros((128, 128), np.uint8)])[:count]


@pytest.fixture
def crops(tmp_path: Path) -> StoredCrops:
    made = {"a": Cutting("x", 2, [0, 0], [3, 4]), "none": Cutting("y", 1, [], []), "b": Cutting("z", 3, [0, 1, 1], [7, 1, 2])}
    for key, facts in made.items():
        count = len(facts.slices)
        write_cutting(tmp_path, key, facts, planes(count, 10 * count), planes(count, 1))
    assert {key: read_facts(tmp_path, key) for key in made} == made
    return StoredCrops("training", tmp_path, made)


def test_crops_of_several_files_come_in_order(crops: StoredCrops) -> None:
    assert len(crops) == 5 and crops.images.shape == (5, 128, 128)
    assert [int(crops.images[n][0, 0]) for n in range(5)] == [20, 21, 30, 31, 32]
    assert [int(crops.bits[n][127, 127]) for n in range(5)] == [1, 2, 1, 2, 3]
    assert crops.nodules == ["x_n00", "x_n00", "z_n00", "z_n01", "z_n01"]
    assert (crops.patients, crops.slices) == (["x", "x", "z", "z", "z"], [3, 4, 7, 1, 2])


def test_each_crop_has_the_masks_of_its_own_raters(crops: StoredCrops) -> None:
    assert [len(crops[n].masks) for n in range(5)] == [2, 2, 3, 3, 3]
    assert crops[4].masks.any(axis=(1, 2)).tolist() == [True, True, False]


def test_what_is_not_there_is_not_read(crops: StoredCrops, tmp_path: Path) -> None:
    with pytest.raises(IndexError, match="there are 5 crops, but number 5 was asked for"):
        crops.images[5]
    assert read_facts(tmp_path, "c") is None
    forget_others(tmp_path, {"b"})
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
