"""The command `models`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ssb.versions import Versions
from ssb.volumes import Volume, write_nifti
from ssb_cli import main
from tests.model_folders import FACTS, PASSED, REFUSED, changed_copy, make_model_folder


@pytest.fixture
def models(tmp_path: Path, checkpoint: Path) -> str:
    folder = make_model_folder(tmp_path / "models", checkpoint)
    tuned = changed_copy(checkpoint, tmp_path / "tuned.safetensors")
    Versions(folder).add(tuned, PASSED, FACTS)
    Versions(folder).add(tuned, REFUSED, FACTS)
    return str(folder)


def test_list_show_and_use(models: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--models", models]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["*", "lung_nodule_ct-1", "shipped"]
    assert lines[2].split()[-3:] == ["0.310", "->", "0.250"]
    assert main(["models", "use", "tiny-site-1", "--models", models]) == 0
    assert capsys.readouterr().out == ("The version tiny-site-1 is in use: servers on this model folder switch with their next request.\n")
    assert main(["models", "show", "tiny-site-1", "--models", models]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[:2] == ["tiny-site-1: published, in use", "Not worse on 4 held-out images."]
    assert shown[3:6] == ["raters: ann, bob, cy", "images: a, b", "epochs: 3"]
    assert shown[7:] == [
        "lung_nodule_ct-1 -> tuned on 4 held-out images, 9 crops",
        "                              old      new   change  95 % over images   images",
        "GED                        0.3100   0.2500  -0.0600  -0.0800 to -0.0400     4",
        "D_DDI                    not defined on enough images (0)",
    ]


def test_json(models: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "use", "tiny-site-2", "--force", "--json", "--models", models]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "tiny-site-2"
    assert main(["models", "list", "--json", "--models", models]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["name"], row["current"]) for row in rows] == [
        ("lung_nodule_ct-1", False),
        ("tiny-site-1", False),
        ("tiny-site-2", True),
    ]
    assert main(["models", "show", "tiny-site-2", "--json", "--models", models]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["current"], shown["reason"], shown["facts"]) == (True, REFUSED.reason, FACTS)


def test_a_missing_choice_is_said_beside_the_list(models: str, capsys: pytest.CaptureFixture[str]) -> None:
    (Path(models) / "current.json").write_text('{"version": "tiny-site-8"}')
    assert main(["models", "list", "--models", models]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[1].startswith("* lung_nodule_ct-1")
    assert told.err == (
        "There is no model version 'tiny-site-8': choose one of lung_nodule_ct-1, tiny-site-1, tiny-site-2. "
        "The shipped version lung_nodule_ct-1 is used instead.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["use", "tiny-site-2"],
            f"The version tiny-site-2 was refused by the gate, so using it needs --force (over HTTP force=true): {REFUSED.reason}",
        ),
        (["show", "x"], "There is no model version 'x': choose one of lung_nodule_ct-1, tiny-site-1, tiny-site-2."),
    ],
)
def test_bad_input_gets_one_sentence(models: str, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", *arguments, "--models", models]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["models", "list"], ["serve", "--studies", str(tmp_path)], ["evaluate", "--data", "lidc:x", "-o", str(tmp_path)]):
        assert main([*command, "--models", str(tmp_path / "no")]) == 2
        assert capsys.readouterr().err == f"There is no model folder '{tmp_path / 'no'}'.\n"
    assert main(["models"]) == 2
    assert capsys.readouterr().err == "The following arguments are required: ACTION (see main.py models --help).\n"


def test_sampling_takes_the_version_in_use(models: str, tmp_path: Path, volume: Volume) -> None:
    image = write_nifti(tmp_path / "ball.nii.gz", volume.array, volume.affine)
    where = [str(image), "--point", "20,24,6", "--samples", "2", "--nfe", "1", "--models", models, "-o", str(tmp_path / "out")]
    for name, model in (("lung_nodule_ct-1", "tiny-1"), ("tiny-site-1", "tiny-site-1")):
        Versions(Path(models)).use(name)
        assert main(["sample", *where]) == 0
        assert json.loads((tmp_path / "out" / "summary.json").read_text())["checkpoint"] == model
