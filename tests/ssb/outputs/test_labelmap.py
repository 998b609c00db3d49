import numpy as np
import pytest

from ssb.errors import InputError
from ssb.outputs.labelmap import labelmap, show_choices

RADII = (6.0, 6.0, 6.0, 4.0, 0.0)


def test_choices_start_with_the_default():
    assert show_choices(2, interpretations=1) == ["consensus", "levels", "interpretation 1", "sample 1", "sample 2"]


def test_consensus_is_the_default(make_set, affine):
    sample_set = make_set(RADII, affine)
    values, names = labelmap(sample_set)
    assert names == {"consensus": 1}
    assert values.dtype == np.uint8 and values.shape == sample_set.shape
    assert np.array_equal(values == 1, sample_set.on_grid(sample_set.masks[0]))


def test_levels_lie_inside_one_another(make_set, affine):
    sample_set = make_set((6.0, 5.0, 4.0), affine)
    values, names = labelmap(sample_set, "levels")
    assert names == {"possible": 1, "majority": 2, "unanimous": 3}
    for label, mask in ((1, sample_set.masks[0]), (2, sample_set.masks[1]), (3, sample_set.masks[2])):
        assert np.array_equal(values >= label, sample_set.on_grid(mask))


def test_a_sample_and_an_interpretation(make_set, affine):
    sample_set = make_set(RADII, affine)
    values, names = labelmap(sample_set, "sample 4")
    assert names == {"sample 4": 1}
    assert np.array_equal(values == 1, sample_set.on_grid(sample_set.masks[3]))
    values, names = labelmap(sample_set, "interpretation 1")
    assert names == {"interpretation 1": 1}
    assert np.array_equal(values == 1, sample_set.on_grid(sample_set.masks[0]))
    values, names = labelmap(sample_set, "no lesion")
    assert names == {"no lesion": 1} and not values.any()


def test_empty_sets_give_empty_labelmaps(make_set, affine):
    sample_set = make_set((0.0, 0.0), affine)
    for show in ("consensus", "levels", "sample 2", "no lesion"):
        assert not labelmap(sample_set, show)[0].any()


@pytest.mark.parametrize("show", ["sample 0", "sample 6", "sample", "sample 1.0", "interpretation 9", "everything", ""])
def test_an_unknown_view_names_the_allowed_ones(show, make_set, affine):
    with pytest.raises(InputError) as caught:
        labelmap(make_set(RADII, affine), show)
    message = str(caught.value)
    assert message.startswith(f"The option show is {show!r}, but it must be one of 'consensus', 'levels', ")
    assert "'interpretation 1'" in message and message.endswith("'sample 1' to 'sample 5'.")
