"""Sample sets are made once for each image file and request."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ssb.checkpoint import load_model
from ssb.identity import file_identity
from ssb.options import Options
from ssb_app.points import Points
from ssb_app.sampler import Sampler

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
