"""How much samples disagree about an image."""

from __future__ import annotations

import numpy as np
import pytest

from ssb.checkpoint import Model
from ssb.errors import InputError
from ssb.lesion import sample_lesion
from ssb.next_image.score import (
    MOST_LESIONS,
    SAMPLES,
    SEED,
    LesionScore,
    image_disagreement,
    lesion_clicks,
    score_lesions,
    set_disagreement,
)
from ssb.plausible import Request
from ssb.volumes import Volume


def test_the_share_of_voxels_that_one_of_two_lacks_by_hand() -> None:
    # Pairs: one shared voxel of two; none of two and none of one with the empty mask. In all one of five.
    masks = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]], bool)
    assert set_disagreement(masks) == pytest.approx(1 - 1 / 5)


@pytest.mark.parametrize("masks", [np.ones((4, 3), bool), np.zeros((4, 3), bool), np.ones((1, 3), bool)])
def test_like_masks_do_not_disagree(masks: np.ndarray) -> None:
    assert set_disagreement(masks) == 0


def test_a_click_for_each_lesion_the_largest_first() -> None:
    masks = np.zeros((2, 20, 20, 6), bool)
    masks[0, 2:5, 2:5, 1:4] = True
    masks[1, 12:17, 12:17, 2:5] = True
    assert lesion_clicks(masks) == [(14, 14, 3), (3, 3, 2)]


def test_specks_do_not_cost_hours() -> None:
    masks = np.zeros((1, 40, 4, 2), bool)
    masks[0, ::2, 0, 0] = True
    assert len(lesion_clicks(masks)) == MOST_LESIONS


def test_an_image_is_as_disputed_as_its_most_disputed_lesion() -> None:
    assert image_disagreement((LesionScore((0, 0, 0), 0.2), LesionScore((5, 5, 5), 0.7))) == 0.7
    assert image_disagreement(()) == 0


def test_a_lesion_is_sampled_at_its_middle(volume: Volume, model: Model) -> None:
    ball = volume.array[None] > -400
    told: list[float] = []
    (found,) = score_lesions(volume, ball, model, told.append)
    request = Request(found.click, SAMPLES, model.preset.nfe, model.preset.guidance, SEED)
    assert ball[0][found.click]
    assert found.disagreement == set_disagreement(sample_lesion(volume, request, model).masks)
    assert told[-1] == 1


def test_nobody_marked_a_lesion(volume: Volume, model: Model) -> None:
    assert score_lesions(volume, np.zeros((2, *volume.shape), bool), model) == ()


def test_masks_of_another_grid_are_refused(volume: Volume, model: Model) -> None:
    with pytest.raises(InputError, match=r"The annotations have \(4, 4, 4\) voxels, but the image has \(40, 44, 12\)"):
        score_lesions(volume, np.ones((1, 4, 4, 4), bool), model)
