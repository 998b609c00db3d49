"""Sample sets are made once for each image file and request."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from ssb.checkpoint import load_model
from ssb.identity import file_identity
from ssb.memory import MemoryShortError
from ssb.options import Options
from ssb_app.points import Points
from ssb_app.sampler import Sampler
from ssb_app.stopping import StoppingError

OPTIONS = Options(samples=2, nfe=1, guidance=0.0, seed=0)


@pytest.fixture
def sampler(checkpoint: Path) -> Sampler:
    return Sampler(load_model(checkpoint), checkpoint)


@pytest.fixture
def image(studies: Path, tmp_path: Path) -> Path:
    path = tmp_path / "image.nii.gz"
    path.write_bytes((studies / "axial.nii.gz").read_bytes())
    return path


def test_an_equal_request_is_the_same_set(sampler: Sampler, image: Path) -> None:
    click = Points(((17, 27, 4),))
    assert sampler.sample("a", image, click, OPTIONS) is sampler.sample("a", image, click, OPTIONS)
    assert (sampler.sets.runs, sampler.sets.hits) == (1, 1)


def test_any_difference_is_another_set(sampler: Sampler, image: Path) -> None:
    click = Points(((17, 27, 4),))
    ids = [
        sampler.sample("a", image, click, OPTIONS).id,
        sampler.sample("b", image, click, OPTIONS).id,
        sampler.sample("a", image, Points(((17, 26, 4),)), OPTIONS).id,
        sampler.sample("a", image, Points(((17, 27, 4), (17, 27, 4))), OPTIONS).id,
        sampler.sample("a", image, click, Options(2, 1, 0.0, 1)).id,
    ]
    os.utime(image, (1, 1))
    ids.append(sampler.sample("a", image, click, OPTIONS).id)
    assert len(set(ids)) == len(ids) == sampler.sets.runs


def test_a_volume_is_read_again_only_where_its_file_changed(sampler: Sampler, image: Path) -> None:
    first = sampler.volume(image)
    assert sampler.volume(image) is first
    os.utime(image, (1, 1))
    assert sampler.volume(image) is not first


def test_a_folders_identity_changes_with_any_file_in_it(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a").write_text("1")
    before = file_identity(tmp_path)
    assert file_identity(tmp_path) == before
    (tmp_path / "deep" / "a").write_text("12")
    assert file_identity(tmp_path) != before


def test_out_of_memory_is_a_sentence_frees_what_is_kept_and_the_next_request_is_served(
    sampler: Sampler, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    click = Points(((17, 27, 4),))
    sampler.sample("a", image, click, OPTIONS)
    with monkeypatch.context() as patch:
        patch.setattr("ssb_app.sampler.sample_lesion", lambda *arguments: torch.empty(2**60))
        with pytest.raises(MemoryShortError, match=r"^The 3 samples need more memory than this machine has free now"):
            sampler.sample("a", image, click, Options(3, 1, 0.0, 0))
    assert sampler.sets.values() == []
    assert not sampler.busy
    assert len(sampler.sample("a", image, click, Options(3, 1, 0.0, 0)).sample_set.masks) == 3


def test_a_server_that_stops_drops_what_samples_and_begins_nothing(sampler: Sampler, image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    click, shares = Points(((17, 27, 4),)), []

    def stop_on(run: object, share: float) -> None:
        shares.append(share)
        sampler.stopping.begin()

    monkeypatch.setattr(sampler.runs, "note", stop_on)
    with pytest.raises(StoppingError):
        sampler.sample("a", image, click, OPTIONS)
    assert len(shares) == 1
    with pytest.raises(StoppingError):
        sampler.sample("b", image, click, OPTIONS)
    assert sampler.sets.values() == []
