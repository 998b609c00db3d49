import numpy as np
import pytest

from ssb.datasets.splits import hashed_split
from ssb.datasets.study import Study
from ssb.datasets.study_crops import cut_lesion, lesions_of, study_crops
from ssb.errors import InputError
from ssb.presets import preset_named
from ssb.volumes import Volume

PRESET = preset_named("lung_nodule_ct")
SHAPE = (150, 140, 6)
HU = np.random.default_rng(0).integers(-1000, 400, SHAPE).astype(np.int16)


def volume(pixel: float = 0.7, flip: int = 1) -> Volume:
    return Volume(HU, np.diag([pixel * flip, pixel * flip, 2.0, 1.0]), "made")


def box(start: tuple[int, int, int], stop: tuple[int, int, int]) -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[start[0] : stop[0], start[1] : stop[1], start[2] : stop[2]] = True
    return mask


A = box((70, 60, 1), (80, 66, 4))
A_WIDE = box((70, 60, 1), (80, 70, 3))
B = box((20, 100, 5), (24, 103, 6))


def study(*masks: np.ndarray, name: str = "one", present: tuple[bool, ...] | None = None, made: Volume | None = None) -> Study:
    names = tuple(f"r{n}" for n in range(len(masks)))
    return Study(name, made or volume(), names, np.stack(masks), present or (True,) * len(masks))


def test_what_touches_in_the_union_is_one_lesion() -> None:
    first, second = lesions_of(np.stack([A, A_WIDE | B]))
    assert (first.centre, second.centre) == ((22, 101, 5), (75, 65, 2))
    assert first.masks.sum(axis=(1, 2, 3)).tolist() == [0, B.sum()]
    assert second.masks.sum(axis=(1, 2, 3)).tolist() == [A.sum(), A_WIDE.sum()]
    corner = box((80, 66, 4), (81, 67, 5))
    assert [lesion.masks.sum() for lesion in lesions_of(A[None] | corner)] == [A.sum() + 1]
    assert list(lesions_of(np.zeros((2, *SHAPE), dtype=bool))) == []


def test_pixels_in_the_presets_range_stay_as_they_are() -> None:
    (lesion,) = lesions_of(np.stack([A, A_WIDE]))
    cut = cut_lesion(volume(), lesion, PRESET)
    assert cut.slices == [1, 2, 3]
    # the centre (75, 65) is at the pixel (64, 64): the window begins at column 11 and row 1
    np.testing.assert_array_equal(cut.masks[0], A[11:139, 1:129, 1:4].transpose(2, 1, 0))
    np.testing.assert_array_equal(cut.masks[1], A_WIDE[11:139, 1:129, 1:4].transpose(2, 1, 0))
    window = HU[11:139, 1:129, 1:4].transpose(2, 1, 0).astype(float)
    low, high = window.min(axis=(1, 2), keepdims=True), window.max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(cut.images, (window - low) / (high - low) * 255, atol=0.51)


def test_rows_run_to_the_back_and_columns_to_the_left_whatever_the_grid() -> None:
    (lesion,) = lesions_of(A[None])
    straight, turned = (cut_lesion(volume(flip=flip), lesion, PRESET) for flip in (1, -1))
    rows, columns = np.nonzero(straight.masks[0, 0])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (61, 66, 59, 68)
    np.testing.assert_array_equal(np.nonzero(turned.masks[0, 0, ::-1, ::-1])[0].min() - 1, rows.min() - 2)
    assert turned.masks.sum() == straight.masks.sum()


def test_pixels_outside_the_range_are_resampled() -> None:
    (lesion,) = lesions_of(A[None])
    cut = cut_lesion(volume(pixel=1.4), lesion, PRESET)
    rows, columns = np.nonzero(cut.masks[0, 0])
    # twice as many pixels of half the size; a linear border reaches one half midway between two pixels
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (13, 21)
    assert cut.images.shape == (3, 128, 128)


def test_crops_of_studies_keep_absent_and_empty_apart() -> None:
    nothing = np.zeros(SHAPE, dtype=bool)
    first = study(A, nothing, A_WIDE, present=(True, True, True))
    second = study(A, nothing, A_WIDE, name="two", present=(True, False, True))
    crops = study_crops([first, second], PRESET, "all")
    assert (len(crops), crops.raters, crops.split) == (6, 3, "all")
    assert (crops.nodules[0], crops.patients[3], crops.slices) == ("one_n00", "two", [1, 2, 3] * 2)
    assert [len(crops[n].masks) for n in (0, 3)] == [3, 2]
    assert crops[0].masks.sum(axis=(1, 2)).tolist() == [60, 0, 100]
    assert crops[3].masks.sum(axis=(1, 2)).tolist() == [60, 100]
    # in training the absent rater's slot repeats a present one's
    np.testing.assert_array_equal(crops.bits[3] >> 1 & 1, crops.bits[3] & 1)
    assert not (crops.bits[0] >> 1 & 1).any()


def test_a_split_takes_its_own_studies() -> None:
    studies = [study(A, name=f"case {n}") for n in range(6)]
    for split in ("train", "val", "test"):
        expected = {one.id for one in studies if hashed_split(one.id) == split}
        assert expected and set(study_crops(studies, PRESET, split).patients) == expected


def test_what_cannot_be_crops_is_one_sentence() -> None:
    with pytest.raises(InputError, match=r"There are 9 raters, but crops have room for 8: leave some folders out\."):
        study_crops([study(*[A] * 9)], PRESET, "all")
    with pytest.raises(InputError, match=r"There is no lesion in the split 'all': nobody marked anything in its studies\."):
        study_crops([study(np.zeros(SHAPE, dtype=bool))], PRESET, "all")
