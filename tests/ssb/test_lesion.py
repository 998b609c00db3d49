from dataclasses import replace

import numpy as np
import pytest

from ssb.checkpoint import Model
from ssb.errors import InputError
from ssb.geometry import Region
from ssb.growing import Growth
from ssb.known import Known
from ssb.lesion import batches, early_counts, sample_lesion
from ssb.next_slice import touching_parts
from ssb.plausible import Index, Request, SampleSet
from ssb.representatives import representatives
from ssb.sampling import BridgeSampler
from ssb.volumes.volume import Volume

CENTRE = (20, 24, 6)


def sampled(volume: Volume, model: Model, point: Index = CENTRE, seed: int = 0, samples: int = 4, **points: tuple[Index, ...]) -> SampleSet:
    return sample_lesion(volume, Request(point, samples, 3, 0.0, seed, **points), model)


def test_a_click_gives_masks_inside_the_image(volume: Volume, model: Model) -> None:
    found = sampled(volume, model)
    assert found.masks.shape[0] == 4
    assert found.masks.any()
    assert found.shape == volume.shape
    assert all(0 <= a < b <= n for a, b, n in zip(found.box.start, found.box.stop, volume.shape, strict=True))
    assert found.checkpoint == "tiny-1"


def test_options_that_the_checkpoint_has_not_learnt_are_noted(volume: Volume, model: Model) -> None:
    few = replace(model, preset=replace(model.preset, loss="path", nfe=3))
    assert sampled(volume, few).notes == sampled(volume, model).notes == ()
    assert sample_lesion(volume, Request(CENTRE, 2, 24, 0.0, 0), few).notes == ()
    (note,) = sample_lesion(volume, Request(CENTRE, 2, 2, 0.0, 0), few).notes
    made = "The checkpoint tiny-1 is made for 3 evaluations or more without guidance"
    assert note == f"{made}: other options make its masks less true."


def test_same_request_same_masks_bit_for_bit(volume: Volume, model: Model) -> None:
    first, second = sampled(volume, model), sampled(volume, model)
    assert np.array_equal(first.masks, second.masks)
    assert first.box == second.box
    other = sampled(volume, model, seed=9)
    assert not np.array_equal(first.on_grid(first.probability), other.on_grid(other.probability))


def test_more_samples_begin_with_the_same_masks(volume: Volume, model: Model) -> None:
    few, many = sampled(volume, model, samples=2), sampled(volume, model, samples=4)
    for n in range(2):
        assert np.array_equal(few.on_grid(few.masks[n]), many.on_grid(many.masks[n]))


def test_the_consensus_covers_the_ball(volume: Volume, model: Model) -> None:
    found = sampled(volume, model, samples=8)
    grid = np.indices(volume.shape).astype(float) - np.array(CENTRE).reshape(3, 1, 1, 1)
    ball = np.sqrt(((grid * np.array([0.7, 0.7, 2.0]).reshape(3, 1, 1, 1)) ** 2).sum(axis=0)) < 5
    consensus = found.on_grid(found.consensus)
    assert 2 * (consensus & ball).sum() / (consensus.sum() + ball.sum()) > 0.6


def test_a_sample_is_one_run_of_slices_that_touch(volume: Volume, model: Model) -> None:
    found = sampled(volume, model, samples=8)
    for mask in found.masks:
        filled = np.flatnonzero(mask.any(axis=(0, 1)))
        if not len(filled):
            continue
        assert np.array_equal(filled, np.arange(filled[0], filled[-1] + 1))
        for k in filled[:-1]:
            assert touching_parts(mask[None, :, :, k + 1], mask[None, :, :, k]).any()


def test_a_flipped_volume_gives_the_flipped_masks(volume: Volume, model: Model) -> None:
    found = sampled(volume, model)
    affine = volume.affine.copy()
    affine[:3, 2] *= -1
    affine[:3, 3] += volume.affine[:3, 2] * (volume.shape[2] - 1)
    flipped = sampled(Volume(np.ascontiguousarray(volume.array[:, :, ::-1]), affine), model, point=(20, 24, 5))
    assert np.array_equal(found.on_grid(found.possible), flipped.on_grid(flipped.possible)[:, :, ::-1])


def test_samples_respect_inside_and_outside_points(volume: Volume, model: Model) -> None:
    free = sampled(volume, model, samples=16)
    disputed = np.unravel_index(np.argmax(free.disagreement), free.disagreement.shape)
    assert 0.3 < free.probability[disputed] < 0.7, "the made image must leave something to disagree about"
    i, j, k = (int(v + a) for v, a in zip(disputed, free.box.start, strict=True))
    for points, wanted in (({"inside": ((i, j, k),)}, True), ({"outside": ((i, j, k),)}, False)):
        found = sampled(volume, model, samples=4, **points)
        assert len(found.masks) == 4
        assert all(found.on_grid(mask)[i, j, k] == wanted for mask in found.masks)


def disputed_voxel(free: SampleSet) -> Index:
    """The voxel that the samples disagree about most."""
    at = np.unravel_index(np.argmax(free.disagreement), free.disagreement.shape)
    i, j, k = (int(v + a) for v, a in zip(at, free.box.start, strict=True))
    return i, j, k


def test_two_rounds_are_enough_for_a_disputed_point_and_keep_what_agreed_by_itself(
    volume: Volume, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ssb.lesion.MOST_DRAWS", 2)
    free = sampled(volume, model, samples=8)
    point = disputed_voxel(free)
    whole = [free.on_grid(mask) for mask in free.masks]
    agreed = [mask for mask in whole if mask[point]]
    found = sampled(volume, model, samples=8, inside=(point,))
    assert 0 < len(agreed) < 8
    assert len(found.masks) == 8
    assert all(np.array_equal(found.on_grid(mask), own) for mask, own in zip(found.masks, agreed, strict=False))


def test_points_that_no_mask_can_respect_are_answered_with_a_sentence(volume: Volume, model: Model) -> None:
    near = replace(model, preset=replace(model.preset, extent_mm=4.0))
    with pytest.raises(InputError, match="None of the 8 masks drawn agrees with the inside and outside points"):
        sampled(volume, near, samples=2, inside=((20, 24, 0),))


def test_fewer_masks_than_asked_are_said_in_a_note(volume: Volume, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssb.lesion.MOST_DRAWS", 1)
    found = sampled(volume, model, samples=8, inside=(disputed_voxel(sampled(volume, model, samples=8)),))
    assert 0 < len(found.masks) < 8
    assert found.notes == (f"Only {len(found.masks)} of the 8 samples asked agree with the points, after 8 draws.",)


def test_a_correction_stays_as_it_is_and_the_rest_is_sampled_again(volume: Volume, model: Model) -> None:
    free = sampled(volume, model, samples=8)
    fixed = np.zeros(volume.shape, dtype=np.int8)
    fixed[18:23, 20:24, 5:8] = 1
    fixed[:, 26:, :] = -1
    fixed[2:4, 2:4, 11] = 1
    found = sample_lesion(volume, Request(CENTRE, 8, 3, 0.0, 0), model, fixed=fixed)
    masks = np.stack([found.on_grid(mask) for mask in found.masks])
    assert masks[:, fixed == 1].all() and not masks[:, fixed == -1].any()
    assert len({mask.tobytes() for mask in masks}) > 1
    was = np.stack([free.on_grid(mask) for mask in free.masks])
    assert was[:, fixed == -1].any() and not np.array_equal(masks[:, fixed == 0], was[:, fixed == 0])
    assert found.notes == (f"A correction fixes 64 voxels inside and {int((fixed == -1).sum())} outside of the lesion in every sample.",)


def test_a_correction_that_fixes_nothing_changes_nothing(volume: Volume, model: Model) -> None:
    free = sampled(volume, model)
    found = sample_lesion(volume, free.request, model, fixed=np.zeros(volume.shape, dtype=np.int8))
    assert np.array_equal(found.masks, free.masks) and found.box == free.box


@pytest.mark.parametrize("field", ["point", "inside", "outside"])
def test_a_point_outside_the_image_is_refused(volume: Volume, model: Model, field: str) -> None:
    outside = (20, 44, 6)
    request = {"point": outside} if field == "point" else {field: (outside,)}
    sentence = r"The point \(20, 44, 6\) lies outside the image, whose voxels are i 0 to 39, j 0 to 43, k 0 to 11\."
    with pytest.raises(InputError, match=sentence):
        sampled(volume, model, **request)


def test_progress_grows_to_one(volume: Volume, model: Model) -> None:
    shares: list[float] = []
    sample_lesion(volume, Request(CENTRE, 2, 2, 0.0, 0), model, shares.append)
    assert shares == sorted(shares)
    assert len(shares) > 3
    assert shares[-1] == 1.0


def test_progress_grows_while_points_exclude_masks(volume: Volume, model: Model) -> None:
    shares: list[float] = []
    free = sampled(volume, model, samples=8)
    disputed = np.unravel_index(np.argmax(free.disagreement), free.disagreement.shape)
    i, j, k = (int(v + a) for v, a in zip(disputed, free.box.start, strict=True))
    sample_lesion(volume, Request(CENTRE, 8, 3, 0.0, 0, inside=((i, j, k),)), model, shares.append)
    assert len(shares) > 1
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize(
    ("count", "stops"), [(1, [1]), (4, [4]), (5, [4, 5]), (16, [4, 16]), (17, [4, 16, 17]), (40, [4, 16, 32, 40]), (48, [4, 16, 32, 48])]
)
def test_samples_are_drawn_in_batches_that_cover_them_once(count: int, stops: list[int]) -> None:
    found = batches(count, 1)
    assert [batch.stop for batch in found] == stops
    assert [batch.start for batch in found] == [0, *stops[:-1]]
    assert early_counts(count) == stops[:-1]


@pytest.mark.parametrize(("samples", "stops"), [(1, [6]), (4, [16, 24]), (5, [16, 24, 30]), (18, [16, 24, 40, 56, 72, 88, 96, 108])])
def test_candidates_are_drawn_few_at_a_time_and_those_of_the_first_samples_first(samples: int, stops: list[int]) -> None:
    found = batches(samples, 6)
    assert [batch.stop for batch in found] == stops
    assert [batch.start for batch in found] == [0, *stops[:-1]]
    assert {6 * count for count in early_counts(samples)} < set(stops)


@pytest.fixture
def learnt(model: Model) -> Model:
    """The model as if it had learnt a path of three evaluations: twelve are four candidates a sample."""
    return replace(model, preset=replace(model.preset, loss="path", nfe=3))


def chosen_of(volume: Volume, learnt: Model, samples: int, **points: tuple[Index, ...]) -> SampleSet:
    return sample_lesion(volume, Request(CENTRE, samples, 12, 0.0, 0, **points), learnt)


@pytest.mark.usefixtures("single_precision")
def test_samples_are_chosen_from_their_candidates(volume: Volume, learnt: Model) -> None:
    sampler = BridgeSampler(learnt.preset, 12)
    region = Region(volume, CENTRE, learnt.preset)
    draws = sampler.draws(0, learnt.preset.window, 24)
    growth = Growth(learnt, region, draws, sampler, lambda share: None, Known(region), 0.0, {})
    growth.run()
    candidates, box = region.put_back(*growth.masks())
    found = chosen_of(volume, learnt, 6)
    whole = np.zeros((24, *volume.shape), dtype=bool)
    whole[(slice(None), *box.slices)] = candidates
    chosen = representatives(candidates, 6, 4)
    assert len({candidates[n].tobytes() for n in chosen}) > 1 and chosen.tolist() != list(range(6))
    assert np.array_equal(np.stack([found.on_grid(mask) for mask in found.masks]), whole[chosen])


def test_more_chosen_samples_begin_with_the_same_ones_and_the_early_ones_are_among_them(volume: Volume, learnt: Model) -> None:
    early: list[SampleSet] = []
    many = sample_lesion(volume, Request(CENTRE, 18, 12, 0.0, 0), learnt, on_early=early.append)
    whole = [many.on_grid(mask) for mask in many.masks]
    assert [len(one.masks) for one in early] == [4, 16]
    for few in (*early, chosen_of(volume, learnt, 3)):
        for n, mask in enumerate(few.masks):
            assert np.array_equal(few.on_grid(mask), whole[n])


def test_samples_are_chosen_from_candidates_that_agree_with_the_points(volume: Volume, learnt: Model) -> None:
    point = disputed_voxel(chosen_of(volume, learnt, 16))
    found = chosen_of(volume, learnt, 4, inside=(point,))
    assert len(found.masks) == 4 and found.notes == ()
    assert all(found.on_grid(mask)[point] for mask in found.masks)


def test_all_candidates_are_shown_where_fewer_than_the_samples_agree(
    volume: Volume, learnt: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = disputed_voxel(chosen_of(volume, learnt, 16))
    monkeypatch.setattr("ssb.lesion.MOST_DRAWS", 1)
    few = replace(learnt, preset=replace(learnt.preset, nfe=6))
    found = sample_lesion(volume, Request(CENTRE, 4, 12, 0.0, 0, inside=(point,)), few)
    assert 0 < len(found.masks) <= 4
    assert all(found.on_grid(mask)[point] for mask in found.masks)
