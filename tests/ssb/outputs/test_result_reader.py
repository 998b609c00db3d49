"""A sample set goes through its files and comes back the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ssb.errors import InputError, NotFoundError
from ssb.outputs.result import write_result
from ssb.outputs.result_reader import read_result
from ssb.outputs.summary import summary
from ssb.plausible import Box, Request, SampleSet
from ssb.volumes import Volume


@pytest.fixture
def made() -> SampleSet:
    masks = np.random.default_rng(0).random((4, 3, 4, 5)) < 0.4
    request = Request((4, 5, 6), 4, 2, 0.5, 7, inside=((4, 5, 7),), outside=((1, 1, 1),))
    affine = np.diag([0.7, 0.7, 2.0, 1.0])
    return SampleSet(masks, Box((2, 3, 4), (5, 7, 9)), (20, 21, 22), affine, request, "tiny-1", "image", ("note",), 1.5)


def write(made: SampleSet, folder: Path) -> Path:
    volume = Volume(np.arange(np.prod(made.shape), dtype=np.float32).reshape(made.shape), made.affine, series_uid="1.2.3")
    write_result(volume, made, folder)
    return folder


@pytest.mark.parametrize("empty", [False, True])
def test_reading_gives_the_same_masks_and_numbers(made: SampleSet, tmp_path: Path, empty: bool) -> None:
    made = replace(made, masks=made.masks & (not empty))
    found, series_uid = read_result(write(made, tmp_path))
    for one, other in zip(found.masks, made.masks, strict=True):
        np.testing.assert_array_equal(found.on_grid(one), made.on_grid(other))
    assert summary(found) == summary(made)
    assert (found.request, series_uid) == (made.request, "1.2.3")


def test_what_is_no_result_is_told(made: SampleSet, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"has no summary\.json"):
        read_result(tmp_path)
    file = write(made, tmp_path) / "summary.json"
    facts = json.loads(file.read_text())
    file.write_text(json.dumps({**facts, "samples": 3}))
    with pytest.raises(InputError, match="tells of 3 samples, but the layered file holds 4"):
        read_result(tmp_path)
    for text in ("{", "[]", json.dumps({**facts, "grid": {}}), json.dumps({**facts, "request": None})):
        file.write_text(text)
        with pytest.raises(InputError, match="is broken"):
            read_result(tmp_path)
