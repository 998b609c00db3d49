"""The command `train`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from _pytest.monkeypatch import MonkeyPatch

from ssb.bridge_method import BridgeMethod
from ssb.checkpoint import load_model, load_tensors, save_model
from ssb.losses import NEAREST
from ssb.presets import PRESETS
from ssb.thresholds import SPREAD
from ssb.training import Trainer
from ssb_cli import main
from tests.lidc_folder import write_lidc


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    lidc = write_lidc(tmp_path / "lidc", split="train")
    return ["train", "--data", f"lidc:{lidc}", "--preset", "tiny", "--batch", "2", "--device", "cpu", "-o", str(tmp_path / "run")]


def test_run_goes_on_where_it_stopped(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--steps", "2", "--name", "site-1"]) == 0
    assert load_tensors(tmp_path / "run" / "training.safetensors")[1]["step"] == 2
    assert main([*command, "--steps", "3", "--name", "site-1"]) == 0
    model = load_model(tmp_path / "run" / "site-1.safetensors")
    assert (model.name, model.header["steps"]) == ("site-1", 3)
    assert capsys.readouterr().out == f"Checkpoint: {tmp_path / 'run' / 'site-1.safetensors'}\n" * 2


def test_goes_on_from_a_checkpoints_weights(command: list[str], tmp_path: Path) -> None:
    assert main([*command, "--steps", "3", "--seed", "5", "--name", "first"]) == 0
    first = tmp_path / "run" / "first.safetensors"
    later = tmp_path / "later"
    assert main([*command, "--steps", "1", "--from", str(first), "--rate", "0.000001", "--name", "second", "-o", str(later)]) == 0
    before, after = (load_tensors(path) for path in (first, later / "second.safetensors"))
    assert after[1]["started_from"] == "first"
    assert all(torch.allclose(after[0][key], value, atol=1e-5) for key, value in before[0].items())
    changed = [key for key, value in before[0].items() if not torch.equal(after[0][key], value)]
    assert changed, "a step was made"


def test_the_whole_path_is_learnt_from_a_checkpoint(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--steps", "2", "--name", "first"]) == 0
    few = [*command, "--steps", "1", "--path", "2", "--name", "few", "-o", str(tmp_path / "few")]
    assert main([*few, "--from", str(tmp_path / "run" / "first.safetensors")]) == 0
    preset = load_model(tmp_path / "few" / "few.safetensors").preset
    assert (preset.loss, preset.nfe, preset.guidance) == ("path", 2, 0.0)
    assert (preset.threshold_spread, preset.nearest_weight) == (SPREAD, NEAREST)
    assert main(few) == 2
    assert "--path needs --from" in capsys.readouterr().err


def test_the_path_is_not_learnt_by_a_bridge_that_predicts_the_noise(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    preset = replace(PRESETS["tiny"], target="noise", condition="image", diversity="distance")
    noise = tmp_path / "noise.safetensors"
    save_model(noise, BridgeMethod(preset).network, preset, "noise-1")
    assert main([*command, "--steps", "1", "--path", "2", "--from", str(noise)]) == 2
    assert "predicts the mask at a rank, but noise-1 does not" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_ctrl_c_saves_and_says_so(command: list[str], tmp_path: Path, monkeypatch: MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    advance = Trainer.advance

    def interrupted(trainer: Trainer, batch: object) -> float:
        if trainer.step == 2:
            raise KeyboardInterrupt
        return advance(trainer, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(Trainer, "advance", interrupted)
    assert main([*command, "--steps", "5"]) == 130
    run = tmp_path / "run"
    assert f"The state is saved in {run}: the same command goes on from there.\nStopped.\n" in capsys.readouterr().err
    assert load_tensors(run / "training.safetensors")[1]["step"] == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (["--preset", "liver"], "There is no preset 'liver': choose one of lung_nodule_ct, lung_nodule_ct_ssb, tiny."),
        (["--steps", "0"], "The option --steps is '0', but it must be a whole number from 1 to 10000000."),
        (["--batch", "two"], "The option --batch is 'two', but it must be a whole number from 1 to 4096."),
        (["--rate", "1"], "The option rate is '1', but it must be a number from 1e-06 to 0.1."),
        (["--from", "gone.safetensors"], "There is no checkpoint gone.safetensors."),
        (["--seed", "-1"], "The option seed is '-1', but it must be a whole number from 0 to 2147483647."),
        (["--split", "val"], "Unrecognized arguments: --split val (see main.py --help)."),
        (["--device", "gpu"], "The device 'gpu' is not known: give cpu, cuda, cuda:0 (or another number) or auto."),
    ],
)
def test_bad_input_gets_one_sentence(command: list[str], changes: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, *changes]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"


def test_output_folder_that_cannot_be_made(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text(json.dumps({}))
    assert main([*command, "-o", str(tmp_path / "file" / "run")]) == 2
    assert capsys.readouterr().err == f"The output folder '{tmp_path / 'file' / 'run'}' cannot be made: Not a directory.\n"
