"""The commands `backup` and `restore`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ssb.annotations.annotation import Origin
from ssb.annotations.store import AnnotationStore
from ssb_cli import main
from tests.model_folders import make_model_folder


def test_a_sites_annotations_go_into_a_file_and_come_back(checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    studies, models = tmp_path / "studies", make_model_folder(tmp_path / "models", checkpoint)
    store = AnnotationStore(studies / ".ssb" / "annotations")
    store.submit("ct", "anna", np.ones((3, 3, 3), bool), np.eye(4), Origin("test"))
    places = ["--studies", str(studies), "--models", str(models)]
    assert main(["backup", *places, "-o", str(tmp_path / "new" / "site.tar")]) == 0
    assert "1 annotations and 0 model versions" in capsys.readouterr().out
    assert (tmp_path / "new" / "site.tar").stat().st_mode & 0o077 == 0
    assert main(["restore", str(tmp_path / "new" / "site.tar"), *places, "--annotations", str(tmp_path / "other")]) == 0
    assert "Restored 1 annotations and 0 model versions; 0 were there already." in capsys.readouterr().out
    assert AnnotationStore(tmp_path / "other").raters("ct") == ["anna"]


def test_without_annotations_the_place_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", "--studies", str(tmp_path), "-o", str(tmp_path / "site.tar")]) == 2
    assert "There are no annotations in" in capsys.readouterr().err
    assert main(["backup", "--studies", str(tmp_path / "none"), "-o", str(tmp_path / "site.tar")]) == 2
    assert "There is no studies folder" in capsys.readouterr().err
    assert not (tmp_path / "site.tar").exists()
