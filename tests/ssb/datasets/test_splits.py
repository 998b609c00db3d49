import csv
from collections import Counter
from pathlib import Path

import pytest

from ssb.datasets.splits import SPLITS, hashed_split, lidc_split
from ssb.errors import InputError


def test_reserved_patients_are_in_no_other_split() -> None:
    found = {number: lidc_split(f"LIDC-IDRI-{number:04d}") for number in range(1, 1013)}
    assert {number for number, split in found.items() if split == "reserved"} == {3, *range(5, 1013, 5)}
    assert [found[n] for n in (1, 2, 4, 6, 7, 8, 9, 12, 13, 1012)] == [
        "train",
        "val",
        "train",
        "train",
        "test",
        *["train"] * 2,
        "val",
        "train",
        "val",
    ]


def test_every_patient_of_the_public_crops_keeps_its_split(shared_data: Path) -> None:
    with (shared_data / "lidc" / "nodules.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == 2098
    assert [row["patient"] for row in rows if lidc_split(row["patient"]) != row["split"]] == []


@pytest.mark.parametrize("name", ["", "PHANTOM", "LIDC-IDRI-1", "LIDC-IDRI-00001", "LIDC-IDRI-0001-2"])
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"The patient '{name}' is not of LIDC-IDRI"):
        lidc_split(name)


def test_other_studies_are_split_by_their_name_alone() -> None:
    found = Counter(hashed_split(f"case {n}") for n in range(4000))
    # five standard deviations of a binomial share of 4000
    for split, share in zip(SPLITS, (0.76, 0.12, 0.12), strict=True):
        assert abs(found[split] / 4000 - share) < 5 * (share * (1 - share) / 4000) ** 0.5
    assert [hashed_split(f"case {n}") for n in range(4)] == ["train", "val", "test", "train"]
