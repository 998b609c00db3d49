"""Sample sets of grids that are a series' own, or count its voxels otherwise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ssb.errors import InputError
from ssb.outputs.on_source import lesion_uid, on_source, result_uid
from ssb.plausible import Box, SampleSet
from ssb.volumes.dicom_source import SourceSeries
from tests.dicom_made import SHAPE, write_series

RADII = (6.0, 4.0)


def recounted(made: SampleSet) -> SampleSet:
    """The same voxels in the order k, i, j, with i and k backwards, without the image's first two columns."""
    to_old = np.eye(4)
    to_old[:3, :3] = [[0, -1, 0], [0, 0, 1], [-1, 0, 0]]
    to_old[:3, 3] = [SHAPE[0] - 1, 0, SHAPE[2] - 1]
    i, j, k = (np.array(pair) for pair in zip(made.box.start, made.box.stop, strict=True))
    low, high = (SHAPE[2] - k[1], SHAPE[0] - i[1], j[0]), (SHAPE[2] - k[0], SHAPE[0] - i[0], j[1])
    point = (SHAPE[2] - 1 - made.request.point[2], SHAPE[0] - 1 - made.request.point[0], made.request.point[1])
    return replace(
        made,
        masks=made.masks[:, ::-1, :, ::-1].transpose(0, 3, 1, 2),
        box=Box(tuple(int(v) for v in low), tuple(int(v) for v in high)),
        shape=(SHAPE[2], SHAPE[0] - 2, SHAPE[1]),
        affine=made.affine @ to_old,
        request=replace(made.request, point=point),
    )


def test_another_order_and_direction_gives_the_same_set(make_set, oblique_affine, tmp_path):
    source = SourceSeries.read(write_series(tmp_path / "ct", oblique_affine))
    made = make_set(RADII, oblique_affine)
    straight, turned = on_source(made, source), on_source(recounted(made), source)
    np.testing.assert_array_equal(straight.masks, made.masks)
    np.testing.assert_array_equal(turned.masks, made.masks)
    assert (turned.box, turned.shape, turned.request) == (made.box, SHAPE, made.request)
    assert result_uid(turned, source, "x") == result_uid(straight, source, "x")


def test_uids_follow_from_what_the_result_is(make_set, oblique_affine, tmp_path):
    source = SourceSeries.read(write_series(tmp_path / "ct", oblique_affine))
    made = on_source(make_set(RADII, oblique_affine), source)
    again = replace(made, seconds=99.0, affine=made.affine + 1e-6)
    others = [
        replace(made, request=replace(made.request, seed=4)),
        replace(made, checkpoint="other-1"),
        replace(made, masks=~made.masks),
    ]
    assert result_uid(again, source, "x") == result_uid(made, source, "x")
    assert len({result_uid(one, source, kind) for one in (made, *others) for kind in ("x", "y")}) == 8
    assert len({lesion_uid(one, source) for one in (made, *others)}) == 1
    assert result_uid(made, replace(source, uid="1.2.3"), "x") != result_uid(made, source, "x")


def test_another_grid_is_refused(make_set, oblique_affine, tmp_path):
    source = SourceSeries.read(write_series(tmp_path / "ct", oblique_affine))
    shifted = oblique_affine.copy()
    shifted[:3, 3] += oblique_affine[:3, 0] * 0.4
    with pytest.raises(InputError, match="another grid"):
        on_source(make_set(RADII, shifted), source)
    shifted[:3, 3] = oblique_affine[:3, 3] - oblique_affine[:3, 0] * 30
    with pytest.raises(InputError, match=r"reach voxels .* outside the series of shape \(40, 36, 14\)"):
        on_source(make_set(RADII, shifted), source)
