"""A sample set goes through its files and comes back the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ssb.interpretations import interpret
from ssb.outputs.seg_nrrd import segments_of, write_layered_seg_nrrd
from ssb.outputs.seg_nrrd_reader import read_seg_nrrd
from ssb.outputs.summary import summary
from ssb.plausible import Box, Request, SampleSet
from ssb_app.fetch import rebuild


@pytest.mark.parametrize("empty", [False, True])
def test_rebuilding_gives_the_same_masks_and_numbers(tmp_path: Path, empty: bool) -> None:
    masks = np.random.default_rng(0).random((4, 3, 4, 5)) < 0.4
    request = Request((4, 5, 6), 4, 2, 0.5, 7, inside=((4, 5, 7),), outside=((1, 1, 1),))
    affine = np.diag([0.7, 0.7, 2.0, 1.0])
    made = SampleSet(masks & (not empty), Box((2, 3, 4), (5, 7, 9)), (20, 21, 22), affine, request, "tiny-1", "image", ("note",), 1.5)
    path = tmp_path / "a.seg.nrrd"
    write_layered_seg_nrrd(path, segments_of(made, interpret(made)), made.affine, made.shape)
    found = rebuild(summary(made), read_seg_nrrd(path, made.affine, made.shape))
    for one, other in zip(found.masks, made.masks, strict=True):
        np.testing.assert_array_equal(found.on_grid(one), made.on_grid(other))
    assert summary(found) == summary(made)
    assert found.request == request
