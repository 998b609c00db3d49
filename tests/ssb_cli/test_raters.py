"""The command `raters`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ssb.annotations.annotation import Origin
from ssb.annotations.store import AnnotationStore
from ssb.volumes import write_nifti
from ssb_cli import main
from tests.readings_made import AFFINE, SHAPE, bars


def test_three_raters_twice_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = AnnotationStore(tmp_path / "studies" / ".ssb" / "annotations")
    for rater, stop in (("ann", 4), ("bob", 5), ("cy", 0)):
        for _ in range(2):
            store.submit("one", rater, bars((0, stop)), AFFINE, Origin("3D Slicer"))
    assert main(["raters", "--studies", str(tmp_path / "studies"), "-o", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["raters.csv", "raters.json", "raters.png"]
    raters = json.loads((tmp_path / "out" / "raters.json").read_text())["images"]["one"]["raters"]
    assert {rater: (len(one["versions"]), one["latest"]) for rater, one in raters.items()} == {"ann": (2, 2), "bob": (2, 2), "cy": (2, 2)}
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["ann", "1", "1", "0.80", "0", "of", "0"]
    assert lines[4] == "No rater draws systematically larger or smaller, or misses lesions, beyond chance."


def test_a_folder_of_masks(tmp_path: Path) -> None:
    for folder, array in (
        ("images", np.arange(bars().size, dtype=np.int16).reshape(SHAPE)),
        ("raters/a", bars((0, 4))),
        ("raters/b", bars()),
    ):
        (tmp_path / folder).mkdir(parents=True)
        write_nifti(tmp_path / folder / "one.nii.gz", array.astype(np.int16), AFFINE)
    assert main(["raters", "--studies", str(tmp_path), "-o", str(tmp_path / "out")]) == 0
    lesion = json.loads((tmp_path / "out" / "raters.json").read_text())["images"]["one"]["lesions"][0]
    assert {rater: said["presence"] for rater, said in lesion["raters"].items()} == {"a": "marked", "b": "not marked"}


def test_what_cannot_be_reported_gets_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["raters", "--studies", str(tmp_path / "none"), "-o", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == f"There is no studies folder '{tmp_path / 'none'}'.\n"
    assert main(["raters", "--studies", str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err.splitlines()[-1]
    assert told == f"There is no annotation that can be read in '{tmp_path}': nobody has submitted one yet."
    assert not (tmp_path / "out").exists()
