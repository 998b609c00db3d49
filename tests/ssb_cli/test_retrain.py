"""The command `retrain`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssb.checkpoint import load_model
from ssb.volumes import write_nifti
from ssb_cli import main
from tests.model_folders import make_model_folder
from tests.site_made import made_site


@pytest.fixture
def studies(tmp_path: Path) -> Path:
    folder = tmp_path / "studies"
    site = made_site(folder / ".ssb" / "annotations", 8, lambda n: {"anna": 2.0, "ben": 3.0})
    for image in site.radii:
        write_nifti(folder / f"{image}.nii.gz", site.volume(image).array.astype("int16"), site.volume(image).affine)
    return folder


def test_a_site_retrains_samples_and_evaluates_with_either_group(
    studies: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = make_model_folder(tmp_path / "models", checkpoint)
    command = ["retrain", "--studies", str(studies), "-o", str(tmp_path / "run"), "--models", str(models)]
    assert main([*command, "--epochs", "20", "--rate", "0.01", "--validation", "0.4"]) == 0
    assert "Version tiny-site-1: Not worse on" in capsys.readouterr().out
    made = models / "versions" / "tiny-site-1" / "checkpoint.safetensors"
    assert list(load_model(made).groups) == ["site", "published"]
    volumes = {}
    for group in ("site", "published"):
        asked = ["sample", str(studies / "scan3.nii.gz"), "--point", "36,32,4", "--checkpoint", str(made), "--raters", group]
        assert main([*asked, "--samples", "4", "--nfe", "4", "-o", str(tmp_path / group)]) == 0
        volumes[group] = (tmp_path / group / "consensus.nii.gz").read_bytes()
    assert volumes["site"] != volumes["published"]
    assert main([*asked[:-1], "ours", "-o", str(tmp_path / "none")]) == 2
    assert "The option raters is 'ours', but the checkpoint tiny-site-1 knows only site or published." in capsys.readouterr().err


def test_bad_options_are_refused_before_anything_is_written(studies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["retrain", "--studies", str(studies), "-o", str(tmp_path / "run")]
    assert main([*command, "--minutes", "never"]) == 2
    assert "The option minutes is 'never', but it must be a number from 1 to 10080." in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
