import csv
from pathlib import Path

import numpy as np
import pytest

from ssb.datasets.lidc import LidcCrops, iter_nodules, restretch
from ssb.errors import InputError, NotFoundError
from tests.lidc_folder import write_lidc


def test_a_crop_squeezed_by_padding_is_stretched_again() -> None:
    crop = np.full((128, 128), 0, dtype=np.uint8)
    crop[:, 10:69], crop[:, 69:] = 100 + np.arange(59, dtype=np.uint8), 255
    found = restretch(crop)
    assert found[0, 10] == 0
    assert found[0, 127] == 255
    assert found[0, 5] == 0
    assert found[0, 20] == np.floor(10 * 255 / 155 + 0.5)
    assert np.array_equal(restretch(found), found)


def test_a_crop_without_padding_stays_as_it_is() -> None:
    crop = np.tile(np.arange(128, dtype=np.uint8) * 2, (128, 1))
    assert restretch(crop) is crop


def test_masks_lie_in_their_slots_and_an_empty_slot_is_an_empty_mask(tmp_path: Path) -> None:
    crops = LidcCrops(write_lidc(tmp_path / "lidc"), "test")
    assert len(crops) == 5
    assert crops[0].masks.shape == (4, 128, 128)
    assert crops[0].masks.sum(axis=(1, 2))[3] == 0
    assert crops[0].masks[2].sum() > crops[0].masks[0].sum() > 0
    assert [crops[n].slice_index for n in range(5)] == [0, 1, 2, 0, 1]


def test_spacing_that_the_metadata_lack_is_nan(tmp_path: Path) -> None:
    first, second = iter_nodules(write_lidc(tmp_path / "lidc"), "test")
    assert np.isnan(first.spacing_mm)
    assert second.spacing_mm == 0.7
    assert second.images.shape == (2, 128, 128)
    assert second.masks.shape == (4, 2, 128, 128)


def test_a_missing_folder_split_or_file_is_named(tmp_path: Path) -> None:
    root = write_lidc(tmp_path / "lidc")
    with pytest.raises(NotFoundError, match=r"There is no nodules\.csv in .*: give the folder of the LIDC crops\."):
        LidcCrops(tmp_path, "test")
    with pytest.raises(InputError, match=r"There is no split 'dev' in nodules\.csv: choose one of test"):
        LidcCrops(root, "dev")
    next((root / "nodules").glob("*0000_n00.png")).write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"The crops TEST-0000_n00\.png cannot be read"):
        LidcCrops(root, "test")


def test_the_splits_of_the_real_data_share_no_patient(shared_data: Path) -> None:
    patients: dict[str, set[str]] = {}
    with (shared_data / "lidc" / "nodules.csv").open(newline="") as table:
        for row in csv.DictReader(table):
            patients.setdefault(row["split"], set()).add(row["patient"])
    assert set(patients) == {"train", "val", "test"}
    assert sum(len(names) for names in patients.values()) == len(set.union(*patients.values()))
