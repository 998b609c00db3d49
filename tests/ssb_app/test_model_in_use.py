"""The model that requests take is switched as a whole, and what cannot be loaded changes nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from ssb.checkpoint import Model, load_model
from ssb.lesion import sample_lesion
from ssb.options import Options
from ssb.plausible import Request
from ssb.versions import Versions
from ssb.volumes import read_volume
from ssb_app.points import Points
from ssb_app.sampler import KeptSet, Sampler
from tests.model_folders import FACTS, PASSED, changed_copy, make_model_folder

CLICK = (17, 27, 4)
OPTIONS = Options(samples=3, nfe=2, guidance=0.0, seed=0)


@pytest.fixture
def versions(tmp_path: Path, checkpoint: Path) -> Versions:
    found = Versions(make_model_folder(tmp_path / "models", checkpoint))
    found.add(changed_copy(checkpoint, tmp_path / "tuned.safetensors"), PASSED, FACTS)
    return found


@pytest.fixture
def sampler(versions: Versions) -> Sampler:
    return Sampler(load_model(versions.current()), versions.current(), versions)


def masks_of(checkpoint: Path, image: Path) -> np.ndarray:
    """The samples that a model draws when nothing else is about: on the whole grid, (N, I, J, K) bool."""
    drawn = sample_lesion(read_volume(image), Request(CLICK, 3, 2, 0.0, 0), load_model(checkpoint))
    return np.stack([drawn.on_grid(mask) for mask in drawn.masks])


def on_grid(kept: KeptSet) -> np.ndarray:
    return np.stack([kept.sample_set.on_grid(mask) for mask in kept.sample_set.masks])


def test_a_running_request_ends_with_its_model_and_the_next_takes_the_new_one(
    sampler: Sampler, versions: Versions, studies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = studies / "axial.nii.gz"
    shipped, tuned = versions.folder / "lung_nodule_ct-1.safetensors", versions.show("tiny-site-1").checkpoint
    half, go_on = threading.Event(), threading.Event()
    real = sample_lesion

    def slow(volume: object, request: object, model: object, on_progress: object, *more: object) -> object:
        def at(share: float) -> None:
            half.set()
            assert go_on.wait(60)

        return real(volume, request, model, at, *more)  # type: ignore[arg-type]

    found: list[KeptSet] = []
    monkeypatch.setattr("ssb_app.sampler.sample_lesion", slow)
    running = threading.Thread(target=lambda: found.append(sampler.sample("axial", image, Points((CLICK,)), OPTIONS)))
    running.start()
    assert half.wait(60)
    monkeypatch.setattr("ssb_app.sampler.sample_lesion", real)
    # Another process's doing: this one's `Versions` is not the sampler's.
    Versions(versions.folder).use("tiny-site-1")
    assert sampler.model.name == "tiny-site-1"
    go_on.set()
    running.join()
    found.append(sampler.sample("axial", image, Points((CLICK,)), OPTIONS))
    assert [kept.summary["checkpoint"] for kept in found] == ["tiny-1", "tiny-site-1"]
    assert found[0].id != found[1].id
    old, new = masks_of(shipped, image), masks_of(tuned, image)
    assert not np.array_equal(old, new)
    np.testing.assert_array_equal(on_grid(found[0]), old)
    np.testing.assert_array_equal(on_grid(found[1]), new)


def test_a_request_keeps_what_it_took(sampler: Sampler, versions: Versions, studies: Path) -> None:
    taken = sampler.in_use.take()
    versions.use("tiny-site-1")
    kept = sampler.sample("axial", studies / "axial.nii.gz", Points((CLICK,)), OPTIONS)
    mine = sampler.sample("axial", studies / "axial.nii.gz", Points((CLICK,)), OPTIONS, taken)
    assert (kept.sample_set.checkpoint, mine.sample_set.checkpoint) == ("tiny-site-1", "tiny-1")


def test_an_unchanged_choice_loads_nothing_and_going_back_finds_the_kept_sets(sampler: Sampler, versions: Versions, studies: Path) -> None:
    first = sampler.model
    before = sampler.sample("axial", studies / "axial.nii.gz", Points((CLICK,)), OPTIONS)
    assert sampler.model is first
    versions.use("lung_nodule_ct-1")
    assert sampler.model is first
    versions.use("tiny-site-1")
    assert sampler.model is not first
    versions.use("lung_nodule_ct-1")
    assert sampler.sample("axial", studies / "axial.nii.gz", Points((CLICK,)), OPTIONS) is before


@pytest.mark.parametrize("harm", ["cut", "unknown"])
def test_a_choice_that_cannot_be_loaded_leaves_the_old_one_serving(sampler: Sampler, versions: Versions, harm: str) -> None:
    versions.use("tiny-site-1")
    assert sampler.model.name == "tiny-site-1"
    versions.use("lung_nodule_ct-1")
    if harm == "cut":
        (versions.folder / "lung_nodule_ct-1.safetensors").write_bytes(b"half")
        sentence = "The checkpoint lung_nodule_ct-1.safetensors is truncated or not a safetensors file."
    else:
        (versions.folder / "current.json").write_text('{"version": "gone-site-3"}')
        sentence = "There is no model version 'gone-site-3': choose one of lung_nodule_ct-1, tiny-site-1."
    assert sampler.model.name == "tiny-site-1"
    assert sampler.in_use.problem == f"{sentence} The server goes on with tiny-site-1."
    versions.use("tiny-site-1")
    assert sampler.model.name == "tiny-site-1"
    assert sampler.in_use.problem == ""


def test_a_server_with_a_checkpoint_of_its_own_follows_nobody(versions: Versions) -> None:
    alone = Sampler(load_model(versions.current()), versions.current())
    versions.use("tiny-site-1")
    assert alone.model.name == "tiny-1"
    assert alone.in_use.pinned


def test_requests_that_come_during_a_switch_wait_for_it(sampler: Sampler, versions: Versions, monkeypatch: pytest.MonkeyPatch) -> None:
    loading, go_on = threading.Event(), threading.Event()
    assert sampler.model.name == "tiny-1"

    def slow(path: Path, device: str) -> Model:
        loading.set()
        assert go_on.wait(60)
        return load_model(path, device)

    monkeypatch.setattr("ssb_app.model_in_use.load_model", slow)
    versions.use("tiny-site-1")
    names: list[str] = []
    threads = [threading.Thread(target=lambda: names.append(sampler.model.name)) for _ in range(3)]
    threads[0].start()
    assert loading.wait(60)
    for thread in threads[1:]:
        thread.start()
    threads[1].join(0.2)
    assert names == []
    go_on.set()
    for thread in threads:
        thread.join()
    assert names == ["tiny-site-1"] * 3


def test_what_follows_a_switch_is_called_once_a_switch(sampler: Sampler, versions: Versions) -> None:
    names: list[str] = []
    sampler.in_use.on_switch = lambda serving: names.append(serving.model.name)
    assert sampler.model is sampler.model
    assert names == []
    versions.use("tiny-site-1")
    assert sampler.model is sampler.model
    assert names == ["tiny-site-1"]
