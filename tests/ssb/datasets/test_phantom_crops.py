import numpy as np
import pytest

from ssb.datasets.phantom import make_phantom
from ssb.datasets.phantom_crops import PhantomCrops, draw_truths
from ssb.presets import preset_named

PRESET = preset_named("lung_nodule_ct")


@pytest.fixture(scope="module")
def crops() -> PhantomCrops:
    return PhantomCrops(4, 1, PRESET, show_progress=False)


def test_every_slice_that_some_rater_may_mark_is_a_crop(crops: PhantomCrops) -> None:
    lesions = make_phantom(4).lesions
    marked = [np.flatnonzero(np.any([mask for mask, _ in lesion.truths], axis=(0, 1, 2))) for lesion in lesions]
    assert crops.slices == [int(k) for ks in marked for k in ks]
    assert (len(crops), crops.raters, crops.split) == (sum(map(len, marked)), 4, "phantoms 4 to 4")
    assert set(crops.patients) == {"phantom-4"} and len(set(crops.nodules)) == 3
    first = lesions[0]
    for n, k in enumerate(marked[0]):
        assert crops.truths[n].masks.sum(axis=(1, 2)).tolist() == [int(mask[:, :, k].sum()) for mask, _ in first.truths]
    i, j, _ = first.centre
    window = first.truths[1][0][i - 64 : i + 64, j - 64 : j + 64, marked[0][2]].T
    np.testing.assert_array_equal(crops.truths[2].masks[1], window)


def test_raters_draw_from_the_truths_and_hold_their_choice_for_all_slices(crops: PhantomCrops) -> None:
    for n, truth in enumerate(crops.truths):
        assert truth.chances.sum() == 1
        np.testing.assert_array_equal(crops[n].masks, truth.masks[crops.choices[crops.nodules[n]]])


def test_same_seeds_same_crops(crops: PhantomCrops) -> None:
    again = PhantomCrops(4, 1, PRESET, show_progress=False)
    np.testing.assert_array_equal(crops.bits, again.bits)
    np.testing.assert_array_equal(crops.images, again.images)


def test_draws_follow_the_chances() -> None:
    drawn = draw_truths(np.random.default_rng(0), np.array([0.25, 0.0, 0.75]), 4000)
    shares = np.bincount(drawn, minlength=3) / 4000
    assert shares[1] == 0
    assert abs(shares[0] - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 4000)
