import numpy as np
import pytest

from ssb.datasets.phantom import Phantom, make_phantom
from ssb.datasets.phantom_lesions import KINDS
from ssb.errors import InputError

SMALL = {"shape": (192, 160, 24), "spacing": (1.4, 1.4, 3.0)}
SEEDS = range(3)


@pytest.fixture(scope="module", params=SEEDS)
def phantom(request: pytest.FixtureRequest) -> Phantom:
    return make_phantom(request.param, **SMALL)


def test_same_seed_same_phantom_and_other_seed_another(phantom):
    again = make_phantom(int(phantom.volume.name.removeprefix("phantom-")), **SMALL)
    assert np.array_equal(again.volume.array, phantom.volume.array)
    assert [lesion.centre for lesion in again.lesions] == [lesion.centre for lesion in phantom.lesions]
    assert not np.array_equal(make_phantom(99, **SMALL).volume.array, phantom.volume.array)


def test_it_has_the_tissues_of_a_chest_in_hounsfield_units(phantom):
    hu = phantom.volume.array
    assert hu.dtype == np.int16 and hu.min() >= -1024 and hu.max() <= 3071
    share = {
        "air and lung": ((hu < -700).mean(), 0.4, 0.8),
        "soft tissue": (((hu > -20) & (hu < 250)).mean(), 0.1, 0.4),
        "bone": ((hu > 350).mean(), 0.005, 0.06),
    }
    for name, (found, low, high) in share.items():
        assert low < found < high, name
    assert (hu[0] < -800).mean() > 0.95


def test_truths_are_distinct_masks_with_probabilities_that_sum_to_one(phantom):
    assert tuple(lesion.kind for lesion in phantom.lesions) == KINDS
    for lesion in phantom.lesions:
        assert sum(chance for _, chance in lesion.truths) == 1.0
        assert all(chance > 0 for _, chance in lesion.truths)
        sizes = [int(mask.sum()) for mask, _ in lesion.truths]
        assert len(set(sizes)) == len(sizes) >= 2
        for mask, _ in lesion.truths:
            assert mask.shape == phantom.volume.shape and mask.dtype == bool
            assert mask[lesion.box.slices].sum() == mask.sum()
        assert (min(sizes) == 0) == (lesion.kind == "faint")
        assert all(mask[lesion.centre] for mask, _ in lesion.truths if mask.any())


def test_lesions_lie_in_the_lungs_and_stand_out(phantom):
    hu = phantom.volume.array
    for lesion in phantom.lesions:
        widest = max((mask for mask, _ in lesion.truths), key=np.sum)
        around = np.zeros_like(widest)
        around[lesion.box.slices] = True
        # what touches the box beside the lesion is lung, vessels and at most some wall
        assert np.median(hu[around & ~widest]) < -700
        smallest = min((mask for mask, _ in lesion.truths if mask.any()), key=np.sum)
        assert hu[smallest].mean() > np.median(hu[around & ~widest]) + 120


def test_raters_follow_the_probabilities(phantom):
    lesion = phantom.lesions[-1]
    drawn = lesion.draw_raters(np.random.default_rng(0), 400)
    assert drawn.shape == (400, *phantom.volume.shape)
    sizes = drawn[(slice(None), *lesion.box.slices)].sum(axis=(1, 2, 3))
    for mask, chance in lesion.truths:
        # five standard deviations of a binomial share of 400
        assert abs((sizes == mask.sum()).mean() - chance) < 5 * np.sqrt(chance * (1 - chance) / 400)


def test_a_turned_grid_shows_the_same_chest_elsewhere():
    c, s = np.cos(0.3), np.sin(0.3)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    straight, turned = make_phantom(0, **SMALL), make_phantom(0, **SMALL, directions=turn)
    assert np.array_equal(straight.volume.array, turned.volume.array)
    assert turned.volume.spacing == pytest.approx(SMALL["spacing"])
    assert np.allclose(turned.volume.affine[:3, :3], turn * np.array(SMALL["spacing"]))
    middle = (np.array(SMALL["shape"]) - 1) / 2
    assert np.allclose(turned.volume.affine @ [*middle, 1], [0, 0, 0, 1], atol=1e-9)


def test_lesions_can_be_chosen():
    assert make_phantom(0, **SMALL, kinds=()).lesions == ()
    assert [lesion.kind for lesion in make_phantom(0, **SMALL, kinds=("faint", "faint")).lesions] == ["faint", "faint"]
    with pytest.raises(InputError, match="The lesion kind is 'round', but it must be one of spiculated, part-solid, faint"):
        make_phantom(0, **SMALL, kinds=("round",))
    with pytest.raises(InputError, match="no room for 99 lesions"):
        make_phantom(0, **SMALL, kinds=("faint",) * 99)
