import numpy as np
import pytest

from ssb.datasets.lidc_lesions import group_annotations, nodule_iou
from ssb.datasets.outlines import Nodule
from ssb.plausible import Box


def bar(start: int, stop: int, row: int = 0) -> Nodule:
    """The voxels start .. stop - 1 of a line along i."""
    return Nodule("bar", np.ones((stop - start, 1, 1), dtype=bool), Box((start, row, 0), (stop, row + 1, 1)), (50, 9, 1))


def test_iou_of_masks_in_their_boxes() -> None:
    assert nodule_iou(bar(0, 4), bar(2, 8)) == pytest.approx(2 / 8)
    assert nodule_iou(bar(0, 4), bar(0, 4)) == 1
    assert nodule_iou(bar(0, 4), bar(4, 8)) == nodule_iou(bar(0, 4), bar(0, 4, row=1)) == 0


def test_annotations_that_share_a_voxel_and_chains_of_them_are_one_lesion() -> None:
    assert group_annotations([bar(20, 30), bar(0, 5), bar(28, 40), bar(4, 9), bar(8, 12)]) == [[0, 2], [1, 3, 4]]


def test_no_lesion_has_more_than_four_annotations() -> None:
    # two lesions of four that touch by one voxel: each reader outlined both
    left, right = [bar(0, 10)] * 4, [bar(9, 20)] * 4
    mixed = [mask for pair in zip(left, right, strict=True) for mask in pair]
    assert group_annotations(mixed) == [[0, 2, 4, 6], [1, 3, 5, 7]]
    assert group_annotations([bar(0, 10)] * 5) == [[0, 1, 2, 3], [4]]


def test_nothing_to_group() -> None:
    assert group_annotations([]) == []
    assert group_annotations([bar(0, 3)]) == [[0]]
