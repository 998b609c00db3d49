"""Which patient is learnt from, chosen by, tested on, or kept back."""

from __future__ import annotations

import hashlib
import re

from ssb.errors import InputError

SPLITS = ("train", "val", "test")
RESERVED = "reserved"
_TRAIN, _VAL = 0.76, 0.88


def lidc_split(patient: str) -> str:
    """The split of a LIDC-IDRI patient, named LIDC-IDRI-0000 to LIDC-IDRI-9999; an InputError for another name.

    Reserved for acceptance, never to be trained, chosen or tested on: numbers divisible by 5, and 3. Of the others, those that end
    in 2 are val and those that end in 7 are test: the rule that the crops of the shipped checkpoint's training follow for every one
    of their patients, so that no patient it learnt from is tested on.
    """
    found = re.fullmatch(r"LIDC-IDRI-(\d{4})", patient)
    if not found:
        raise InputError(f"The patient '{patient}' is not of LIDC-IDRI: its name must be LIDC-IDRI- and four digits.")
    number = int(found[1])
    if number % 5 == 0 or number == 3:
        return RESERVED
    return {2: "val", 7: "test"}.get(number % 10, "train")


def name_share(name: str) -> float:
    """A number in [0, 1), evenly spread over names, from a hash of the name alone: what is below some share stays there for ever."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64


def hashed_split(name: str) -> str:
    """The split of a study of any other set, from a hash of its name alone: 76 % train, 12 % val, 12 % test (our choice)."""
    share = name_share(name)
    return "train" if share < _TRAIN else "val" if share < _VAL else "test"
