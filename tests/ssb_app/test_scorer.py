"""Scoring in the background: what is new, behind every request, and past a broken image."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ssb.annotations.annotation import Origin
from ssb.checkpoint import load_model
from ssb.lesion import sample_lesion
from ssb.next_image.score import score_lesions
from ssb.options import Options
from ssb.plausible import SampleSet
from ssb.volumes import read_volume
from ssb_app.model_in_use import ModelInUse, Serving
from ssb_app.points import Points
from ssb_app.sampler import Sampler
from ssb_app.scorer import Scorer
from ssb_app.store import Studies, open_studies


@pytest.fixture
def folder(studies: Path, tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        shutil.copy(studies / "axial.nii.gz", tmp_path / f"{name}.nii.gz")
    return tmp_path


@pytest.fixture
def store(folder: Path) -> Studies:
    return open_studies(folder)


@pytest.fixture
def sampler(checkpoint: Path) -> Sampler:
    return Sampler(load_model(checkpoint), checkpoint)


@pytest.fixture
def scorer(sampler: Sampler, store: Studies) -> Scorer:
    return Scorer(sampler, store)


def annotate(store: Studies, image: str, rater: str = "anna", marked: bool = True) -> np.ndarray:
    """The lump of the image as an annotation, or an empty one."""
    volume = read_volume(store.get_image_uri(image))
    mask = (volume.array > -400) & marked
    store.annotations.submit(image, rater, mask, volume.affine, Origin())
    return mask


@pytest.fixture
def held(sampler: Sampler, store: Studies, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A request that samples until the event is set."""
    release = threading.Event()

    def held_up(*arguments: Any) -> SampleSet:
        release.wait(120)
        return sample_lesion(*arguments)

    monkeypatch.setattr("ssb_app.sampler.sample_lesion", held_up)
    asked = ("b", Path(store.get_image_uri("b")), Points(((17, 27, 4),)), Options(2, 1, 0.0, 0))
    request = threading.Thread(target=sampler.sample, args=asked)
    request.start()
    assert wait_for(lambda: sampler.busy)
    yield release
    release.set()
    request.join()


def wait_for(found: Callable[[], bool]) -> bool:
    end = time.monotonic() + 120
    while not (done := found()) and time.monotonic() < end:
        time.sleep(0.01)
    return done


def test_annotated_images_are_scored_as_the_library_does(scorer: Scorer, store: Studies, sampler: Sampler) -> None:
    mask = annotate(store, "a")
    annotate(store, "b", marked=False)
    found = scorer.score_all()
    kept = scorer.kept.get("a")
    assert kept is not None
    assert kept.lesions == score_lesions(read_volume(store.get_image_uri("a")), mask[None], sampler.model)
    assert found == {"a": kept.disagreement, "b": 0.0}
    assert (scorer.progress.status, scorer.progress.done, scorer.progress.total) == ("DONE", 2, 2)


def test_only_what_changed_is_scored_again_also_after_a_restart(scorer: Scorer, store: Studies, sampler: Sampler, folder: Path) -> None:
    for image in ("a", "b", "c"):
        annotate(store, image)
    scorer.score_all()
    scorer.score_all()
    assert scorer.progress.total == 0
    annotate(store, "b", "bert", marked=False)
    (folder / "c.nii.gz").touch()
    again = Scorer(sampler, store)
    again.score_all()
    assert again.progress.total == 2


def test_another_model_scores_all_again(scorer: Scorer, store: Studies, sampler: Sampler, checkpoint: Path) -> None:
    annotate(store, "a")
    before = scorer.score_all()
    network = load_model(checkpoint)
    with torch.no_grad():
        for parameter in network.network.parameters():
            parameter *= 1.01
    sampler.in_use = ModelInUse(Serving(network, checkpoint))
    scorer.score_all()
    assert scorer.progress.total == 1
    assert before.keys() == {"a"}


def test_one_bad_image_does_not_stop_the_others(scorer: Scorer, store: Studies, folder: Path) -> None:
    for image in ("a", "b", "c"):
        annotate(store, image)
    (folder / "a.nii.gz").write_bytes(b"no image")
    record = next((store.annotations.root / "b").rglob("record.json"))
    record.write_text("{")
    assert scorer.score_all().keys() == {"c"}
    assert scorer.progress.failed.keys() == {"a", "b"}
    assert "broken" in scorer.progress.failed["a"]
    assert "damaged" in scorer.progress.failed["b"]
    scorer.score_all()
    assert scorer.progress.total == 0  # a file that is broken is not read again and again
    (folder / "a.nii.gz").write_bytes((folder / "c.nii.gz").read_bytes())
    assert scorer.score_all().keys() == {"a", "c"}


def test_requests_go_first(scorer: Scorer, store: Studies, held: threading.Event) -> None:
    annotate(store, "a")
    scorer.start()
    assert wait_for(lambda: scorer.progress.total == 1)
    time.sleep(0.5)
    assert scorer.kept.get("a") is None
    assert scorer.progress.running
    held.set()
    assert wait_for(lambda: not scorer.progress.running)
    assert scorer.kept.get("a") is not None


def test_a_click_is_answered_while_a_scoring_waits(
    scorer: Scorer, store: Studies, sampler: Sampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    annotate(store, "a")
    reached, go_on = threading.Event(), threading.Event()

    def slow(*arguments: object) -> tuple[()]:
        reached.set()
        go_on.wait(120)
        return ()

    monkeypatch.setattr("ssb_app.scorer.score_lesions", slow)
    scorer.start()
    assert reached.wait(120)
    path = Path(store.get_image_uri("b"))
    assert len(sampler.sample("b", path, Points(((17, 27, 4),)), Options(2, 1, 0.0, 0)).sample_set.masks) == 2
    go_on.set()
    assert wait_for(lambda: not scorer.progress.running)


def test_a_scoring_stops_on_request_and_goes_on_later(scorer: Scorer, store: Studies, held: threading.Event) -> None:
    annotate(store, "a")
    scorer.start()
    assert wait_for(lambda: scorer.progress.total == 1)
    scorer.stop()
    assert wait_for(lambda: scorer.progress.status == "STOPPED")
    assert scorer.kept.get("a") is None
    held.set()
    scorer.start()
    assert wait_for(lambda: scorer.kept.get("a") is not None)


def test_a_row_of_submissions_is_scored_once_it_has_settled(scorer: Scorer, store: Studies) -> None:
    annotate(store, "a")
    scorer.wake(0.3)
    annotate(store, "b")
    scorer.wake(60.0)
    assert wait_for(lambda: scorer.kept.get("a") is not None and scorer.kept.get("b") is not None)
    assert scorer.progress.total == 2
