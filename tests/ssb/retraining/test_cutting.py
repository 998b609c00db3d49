import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from ssb.annotations.store import AnnotationStore
from ssb.datasets.batches import draw_batch
from ssb.datasets.study_crops import cut_lesion, lesions_of
from ssb.errors import InputError
from ssb.presets import PRESETS
from ssb.retraining.cutting import SiteCrops, site_crops
from ssb.retraining.stored_crops import StoredCrops
from ssb.volumes import Volume
from tests.site_made import AFFINE, MadeSite, ball, made_site

TINY = PRESETS["tiny"]


def cut(site: MadeSite, cache: Path, **asked: object) -> SiteCrops:
    return site_crops(site.store, site.volume, cache, TINY, **{"validation": 0.0, **asked})


def area_of_ben(crops: StoredCrops) -> int:
    """Pixels of the second rater's mask of scan1."""
    return sum(int(crops[n].masks[1].sum()) for n in range(len(crops)) if crops.patients[n] == "scan1")


def test_a_crop_is_what_a_click_on_the_lesion_sees(tmp_path: Path) -> None:
    site = made_site(tmp_path / "store", 1)
    crops = cut(site, tmp_path / "crops").training
    masks = np.stack([ball(5), ball(6)])
    expected = cut_lesion(site.volume("scan0"), next(lesions_of(masks)), TINY)
    assert np.array_equal(np.stack([crops.images[n] for n in range(len(crops))]), expected.images)
    assert np.array_equal(np.stack([crops[n].masks for n in range(len(crops))], axis=1), expected.masks)
    assert crops.slices == expected.slices
    assert set(crops.patients) == {"scan0"}


def test_the_newest_version_counts_and_only_it_is_cut_again(tmp_path: Path) -> None:
    site = made_site(tmp_path / "store", 3)
    cut(site, tmp_path / "crops")
    before = area_of_ben(cut(site, tmp_path / "crops").training)
    assert site.read == {"scan0": 1, "scan1": 1, "scan2": 1}
    site.add("scan1", 6, {"ben": 3.0})
    after = area_of_ben(cut(site, tmp_path / "crops").training)
    assert site.read == {"scan0": 1, "scan1": 2, "scan2": 1}
    assert after > 1.4 * before
    assert len(list((tmp_path / "crops").iterdir())) == 3


def test_an_empty_mask_counts_and_an_absent_one_does_not(tmp_path: Path) -> None:
    site = MadeSite(AnnotationStore(tmp_path / "store"))
    site.add("some", 6, {"anna": 0.0, "ben": None})
    site.add("one", 6, {"anna": 0.0})
    crops = cut(site, tmp_path / "crops").training
    raters = {crops.patients[n]: crops[n].masks.any(axis=(1, 2)).tolist() for n in range(len(crops))}
    assert raters == {"some": [True, False], "one": [True]}
    batch = draw_batch(crops, TINY, 64, 0, 0, raters=4)
    empty = (batch.masks.sum(dim=(2, 3)) == 0).sum(dim=1)
    # A mask of few pixels may vanish when it is zoomed, then all four are empty.
    assert {0, 2} <= set(empty.tolist()) <= {0, 2, 4}


def test_an_image_that_nobody_marked_gives_no_crop_and_is_named(tmp_path: Path) -> None:
    site = MadeSite(AnnotationStore(tmp_path / "store"))
    site.add("healthy", 6, {"anna": None})
    site.add("ill", 6, {"anna": 0.0})
    found = cut(site, tmp_path / "crops")
    assert (found.images, found.empty) == (("ill",), ("healthy",))


def test_a_click_that_was_answered_with_nothing_is_a_crop_of_its_slice(tmp_path: Path) -> None:
    site = made_site(tmp_path / "store", 1)
    site.add("nothing", 6, {"anna": None, "ben": None}, click=(36, 32, 4))
    site.add("seen", 6, {"anna": 0.0, "ben": None}, click=(36, 32, 4))
    site.add("beside", 6, {"anna": 0.0}, click=(60, 32, 2))
    found = cut(site, tmp_path / "crops")
    assert found.empty == ()
    crops = found.training
    at = {image: [n for n in range(len(crops)) if crops.patients[n] == image] for image in ("nothing", "seen", "beside")}
    assert [crops.slices[n] for n in at["nothing"]] == [4]
    assert crops[at["nothing"][0]].masks.shape[0] == 2
    assert not crops[at["nothing"][0]].masks.any()
    assert crops.images[at["nothing"][0]].any()
    assert all(crops[n].masks.any() for n in at["seen"])
    assert [(crops.slices[n], bool(crops[n].masks.any())) for n in at["beside"]][-1] == (2, False)


def test_more_than_eight_raters_give_the_same_eight_every_time(tmp_path: Path) -> None:
    site = MadeSite(AnnotationStore(tmp_path / "store"))
    site.add("much", 8, {f"r{n:02}": -0.5 * n for n in range(10)})
    first, again = (cut(site, tmp_path / name).training for name in ("a", "b"))
    assert first[2].masks.shape[0] == 8
    assert np.array_equal(first[2].masks, again[2].masks)
    areas = first[2].masks.sum(axis=(1, 2))
    assert len(set(areas.tolist())) >= 5


def test_an_image_is_on_one_side_for_ever(tmp_path: Path) -> None:
    site = made_site(tmp_path / "store", 12)
    few = cut(site, tmp_path / "crops", validation=0.3)
    held = set(few.held_out.patients)
    assert held and not held & set(few.training.patients)
    for n in range(12, 24):
        site.add(f"scan{n}", 5, {"anna": 0.0})
    more = cut(site, tmp_path / "crops", validation=0.3)
    assert held == set(more.held_out.patients) & {f"scan{n}" for n in range(12)}
    assert not set(more.held_out.patients) & set(more.training.patients)


def test_some_raters_only(tmp_path: Path) -> None:
    site = made_site(tmp_path / "store", 2)
    found = cut(site, tmp_path / "crops", raters=["ben"])
    assert found.raters == ("ben",)
    assert found.training[0].masks.shape[0] == 1
    with pytest.raises(InputError, match="There is no annotation of rater 'carl': choose among anna, ben"):
        cut(site, tmp_path / "crops", raters=["carl"])


def test_an_image_that_does_not_fit_its_annotation_is_left_out_with_the_reason(tmp_path: Path) -> None:
    site = made_site(tmp_path / "store", 2)

    def exchanged(image: str) -> Volume:
        volume = site.volume(image)
        return volume if image == "scan0" else Volume(volume.array[:-2], AFFINE, image)

    found = site_crops(site.store, exchanged, tmp_path / "crops", TINY, validation=0.0)
    assert found.images == ("scan0",)
    assert [one.id for one in found.skipped] == ["scan1"]
    assert "lie on another grid than the image" in found.skipped[0].reason


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is nothing to learn from: no annotation marks a lesion"):
        cut(MadeSite(AnnotationStore(tmp_path / "store")), tmp_path / "crops")


def test_a_broken_cutting_is_cut_again(tmp_path: Path) -> None:
    site = made_site(tmp_path / "store", 1)
    whole = cut(site, tmp_path / "crops").training
    file = next((tmp_path / "crops").iterdir()) / "crops.bin"
    file.write_bytes(file.read_bytes()[:-1])
    again = cut(site, tmp_path / "crops").training
    assert site.read == {"scan0": 2}
    assert len(again) == len(whole)


def test_ten_times_the_studies_need_no_more_memory(tmp_path: Path) -> None:
    peaks = []
    for count in (6, 60):
        site = made_site(tmp_path / f"store{count}", count)
        tracemalloc.start()
        crops = cut(site, tmp_path / f"crops{count}").training
        for step in range(5):
            draw_batch(crops, TINY, 16, 0, step, raters=4)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]
