from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ssb.annotations.annotation import Annotation, Origin
from ssb.annotations.store import AnnotationStore
from ssb.datasets.study import Skipped, Study
from ssb.raters.sources import StoreReports, report_of_studies
from ssb.volumes import Volume
from tests.readings_made import AFFINE, SHAPE, bars


@pytest.fixture
def store(tmp_path: Path) -> AnnotationStore:
    """ann drew image one twice and image two once; bob saw nothing in one."""
    made = AnnotationStore(tmp_path / "annotations")
    submit(made, "one", "ann", bars((0, 30)))
    submit(made, "one", "ann", bars((0, 4)))
    submit(made, "two", "ann", bars((0, 8)))
    submit(made, "one", "bob", bars())
    return made


def submit(store: AnnotationStore, image: str, rater: str, mask: np.ndarray, affine: np.ndarray = AFFINE) -> Annotation:
    return store.submit(image, rater, mask, affine, Origin("3D Slicer"))


def test_the_latest_version_counts_and_all_are_listed(store: AnnotationStore) -> None:
    found = StoreReports(store).report().as_dict()
    assert {image: list(one["raters"]) for image, one in found["images"].items()} == {"one": ["ann", "bob"], "two": ["ann"]}
    ann = found["images"]["one"]["raters"]["ann"]
    assert (ann["latest"], [version["version"] for version in ann["versions"]]) == (2, [1, 2])
    assert ann["volume_ml"] == pytest.approx(4 * 0.0025)
    said = found["images"]["one"]["lesions"][0]["raters"]
    assert (said["ann"]["presence"], said["bob"]["presence"]) == ("marked", "not marked")
    assert found["images"]["two"]["lesions"][0]["raters"]["bob"]["presence"] == "absent"


def test_only_what_changed_is_counted_again(store: AnnotationStore) -> None:
    reports = StoreReports(store)
    before = reports.report()
    submit(store, "two", "bob", bars((0, 4)))
    after = reports.report()
    assert after.images[0] is before.images[0]
    assert after.images[1].raters == ("ann", "bob")


def test_an_image_that_was_exchanged_is_left_out_and_named(store: AnnotationStore) -> None:
    submit(store, "one", "cy", bars(), AFFINE + np.eye(4, k=3))
    found = StoreReports(store).report()
    assert [facts.image for facts in found.images] == ["two"]
    assert found.skipped == (Skipped("one", "The annotations of raters ann and cy on image 'one' lie on different grids."),)


def test_a_damaged_mask_is_left_out_and_named(store: AnnotationStore) -> None:
    latest = store.latest("two", "ann")
    assert latest is not None
    store.path(latest).write_bytes(b"damaged")
    found = StoreReports(store).report()
    assert [facts.image for facts in found.images] == ["one"]
    assert [one.id for one in found.skipped] == ["two"]


def test_an_empty_store_gives_an_empty_report(tmp_path: Path) -> None:
    assert StoreReports(AnnotationStore(tmp_path)).report().as_dict()["images"] == {}


def test_studies_of_a_folder_without_versions() -> None:
    volume = Volume(np.zeros(SHAPE), AFFINE)
    study = Study("one", volume, ("a", "b", "c"), np.stack([bars((0, 4)), bars(), bars()]), (True, False, True))
    found = report_of_studies([study], lambda: [Skipped("x", "No.")], show_progress=False)
    said = found.as_dict()["images"]["one"]
    assert list(said["raters"]) == ["a", "c"]
    assert said["lesions"][0]["raters"]["c"]["presence"] == "not marked"
    assert found.skipped == (Skipped("x", "No."),)
