"""The command `evaluate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ssb_cli import main
from tests.lidc_folder import write_lidc


@pytest.fixture
def lidc(tmp_path: Path) -> Path:
    return write_lidc(tmp_path / "lidc")


def test_writes_metrics_and_prints_a_table(lidc: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "out"
    numbers = ["--samples", "4", "--nfe", "2", "--guidance", "0.5", "--seed", "3", "--limit", "4", "--device", "cpu"]
    code = main(["evaluate", "--data", f"lidc:{lidc}", "--split", "test", *numbers, "--checkpoint", str(checkpoint), "-o", str(out)])
    assert code == 0
    facts = json.loads((out / "metrics.json").read_text())
    assert {"ged_4", "ged_unbiased_4", "hm_iou_4", "d_max_4", "d_ddi_4", "s_ncc", "ci_4", "ece_4", "brier_4", "auroc_4"} <= set(facts)
    assert [facts[key] for key in ("crops", "samples", "nfe", "guidance", "seed", "split")] == [4, 4, 2, 0.5, 3, "test"]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("tiny-1 on 4 crops of 2 nodules, split test, 4 samples, 2 evaluations each, guidance 0.5, seed 3")
    mean, nodule, low, high = (f"{x:.4f}" for x in (facts["ged_4"], facts["per_nodule"]["ged_4"], *facts["intervals"]["ged_4"]))
    assert lines[1].split() == ["crops", "95", "%", "over", "patients", "nodules"]
    assert lines[2].split() == ["GED", "(4", "samples)", mean, low, "to", high, nodule]
    titles = [line.split(" (")[0].split("  ")[0] for line in lines[3:14]]
    ours = ["D_DDI", "D_DDI, diversity", "D_DDI, consensus"]
    assert titles == ["GED, unbiased", "HM-IoU", "D_max", *ours, "S_NCC", "CI", "ECE", "Brier", "AUROC of errors"]
    assert lines[14].startswith("Written to ")


def test_table_says_what_its_means_leave_out(lidc: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = ["--samples", "1", "--nfe", "1", "--guidance", "0", "--limit", "2", "--checkpoint", str(checkpoint)]
    assert main(["evaluate", "--data", f"lidc:{lidc}", "--split", "test", *numbers, "-o", str(tmp_path)]) == 0
    assert json.loads((tmp_path / "metrics.json").read_text())["undefined"]["ged_unbiased_1"] == 2
    assert "GED, unbiased (1 samples) is not defined on 2 crops; its means leave them out." in capsys.readouterr().out


def test_presets_values_are_the_defaults(lidc: Path, checkpoint: Path, tmp_path: Path) -> None:
    where = ["--data", f"lidc:{lidc}", "--split", "test", "--limit", "1"]
    assert main(["evaluate", *where, "--checkpoint", str(checkpoint), "-o", str(tmp_path)]) == 0
    facts = json.loads((tmp_path / "metrics.json").read_text())
    assert [facts[key] for key in ("samples", "nfe", "guidance", "seed")] == [16, 8, 0.0, 0]


def test_phantoms_are_scored_beside_the_oracle(checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = ["--samples", "4", "--nfe", "1", "--guidance", "0", "--limit", "3", "--checkpoint", str(checkpoint)]
    assert main(["evaluate", "--data", "phantom:3,1", *numbers, "-o", str(tmp_path)]) == 0
    model, oracle = (json.loads((tmp_path / part / "metrics.json").read_text()) for part in (".", "oracle"))
    assert [(facts["checkpoint"], facts["crops"], facts["split"]) for facts in (model, oracle)] == [
        ("tiny-1", 3, "phantoms 3 to 3"),
        ("oracle", 3, "phantoms 3 to 3"),
    ]
    assert oracle["ged_4"] < model["ged_4"]
    tables = capsys.readouterr().out.split("\n\n")
    assert tables[1].startswith("oracle on 3 crops of ")
    assert f"GED (4 samples) {oracle['ged_4']:.4f}".split() == tables[1].splitlines()[2].split()[:4]
    assert tables[1].splitlines()[-1].endswith(f"and {tmp_path / 'oracle' / 'crops.csv'}")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"--data": "x"},
            "The data 'x' is not known: give lidc:DIR, site:DIR, coca:DIR, phantom:COUNT or phantom:SEED,COUNT.",
        ),
        ({"--data": "lidc:nowhere"}, "There is no folder 'nowhere'."),
        ({"--data": "phantom:2"}, "The phantom has no split 'test': leave the split out and give other seeds for other phantoms."),
        ({"--split": "tests"}, "There is no split 'tests' in nodules.csv: choose one of test."),
        ({"--limit": "0"}, "The option --limit is '0', but it must be a whole number from 1 to 1000000."),
        ({"--limit": "few"}, "The option --limit is 'few', but it must be a whole number from 1 to 1000000."),
        ({"--samples": "65"}, "The option samples is '65', but it must be a whole number from 1 to 64."),
        (
            {"--nfe": "1", "--guidance": "1"},
            "The option nfe is 1, but with guidance 1.0 it must be at least 2: each step takes two evaluations.",
        ),
    ],
)
def test_bad_input_gets_one_sentence(
    changes: dict[str, str], sentence: str, lidc: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"--data": f"lidc:{lidc}", "--split": "test", "--checkpoint": str(checkpoint), "-o": str(tmp_path / "out"), **changes}
    assert main(["evaluate", *(part for pair in given.items() for part in pair)]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"
    assert not (tmp_path / "out" / "metrics.json").exists()
