"""The command `benchmark`: a real, tiny comparison on made discs."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from ssb.benchmark import scoring
from ssb.checkpoint import load_tensors
from ssb.evaluation import CropSampler
from ssb_cli import main
from tests.benchmark_folder import write_splits

NUMBERS = ["--preset", "tiny", "--steps", "3", "--batch", "2", "--samples", "2,3", "--subset", "4", "--device", "cpu"]


@pytest.fixture(scope="module")
def lidc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_splits(tmp_path_factory.mktemp("lidc"))


def command(lidc: Path, out: Path, *more: str) -> list[str]:
    return ["benchmark", "--data", f"lidc:{lidc}", "-o", str(out), *NUMBERS, *more]


@pytest.fixture(scope="module")
def done(lidc: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a benchmark that was interrupted while it scored, and then taken up again."""
    out = tmp_path_factory.mktemp("benchmark") / "out"
    asked = command(lidc, out, "--methods", "ssbpp,threshold")
    masks, seen = CropSampler.masks, []

    def interrupted(sampler: CropSampler, crop: object) -> object:
        seen.append(crop)
        if len(seen) == 4:
            raise KeyboardInterrupt
        return masks(sampler, crop)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CropSampler, "masks", interrupted)
        assert main(asked) == 130
    assert len(json.loads((out / "scores" / "ssbpp-4.json").read_text())["crops"]) == 3
    assert not (out / "benchmark.json").exists()
    before = (out / "methods" / "ssbpp" / "ssbpp.safetensors").stat().st_mtime_ns
    assert main(asked) == 0
    assert (out / "methods" / "ssbpp" / "ssbpp.safetensors").stat().st_mtime_ns == before
    return out


def test_every_file_is_there(done: Path) -> None:
    found = {str(path.relative_to(done)) for path in done.rglob("*") if path.is_file()}
    names = ("ged_nfe", "ged_time", "reliability", "gallery_1", "gallery_2", "disagreement")
    assert {"benchmark.md", "benchmark.json", "report.html", "timing.json", *(f"figures/{name}.png" for name in names)} <= found
    assert {f"scores/{key}.json" for key in ("ssbpp-8", "ssbpp-50", "threshold-1")} <= found
    steps = [load_tensors(done / "methods" / name / f"{name}.safetensors")[1]["steps"] for name in ("ssbpp", "threshold")]
    assert steps == [3, 3]


def test_numbers_are_those_of_evaluate(done: Path, lidc: Path, tmp_path: Path) -> None:
    facts = json.loads((done / "benchmark.json").read_text())
    everything, subset = facts["sections"]
    assert (everything["crops"], subset["crops"]) == (7, 4)
    assert list(everything["entries"]) == ["ssbpp-8", "threshold-1"]
    assert list(subset["entries"]) == ["ssbpp-4", "ssbpp-8", "ssbpp-16", "ssbpp-50", "threshold-1"]
    checkpoint = done / "methods" / "ssbpp" / "ssbpp.safetensors"
    asked = ["evaluate", "--data", f"lidc:{lidc}", "--split", "test", "--samples", "3", "--nfe", "8", "--checkpoint", str(checkpoint)]
    assert main([*asked, "-o", str(tmp_path)]) == 0
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    ours = everything["entries"]["ssbpp-8"]
    for name in ("ged_3", "hm_iou_3", "d_max_3", "d_ddi_3", "ci_3", "brier_3"):
        assert ours["means"][name] == pytest.approx(metrics[name])
        assert ours["intervals"][name] == pytest.approx(metrics["intervals"][name])
    assert ours["means"]["ged_unbiased"] == pytest.approx(metrics["ged_unbiased_3"])
    assert ours["means"]["s_ncc_3"] == pytest.approx(metrics["s_ncc"])
    ratio = everything["against_best_rival"][0]["ratio"]
    assert ratio == pytest.approx(ours["means"]["ged_2"] / everything["entries"]["threshold-1"]["means"]["ged_2"])


def test_report_holds_its_pictures_and_loads_nothing(done: Path) -> None:
    page = (done / "report.html").read_text()
    sources = re.findall(r"(?:src|href)='([^']*)'", page)
    assert len(sources) == len(list((done / "figures").glob("*.png")))
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert not re.search(r"https?://|@import|url\(|<script|<link", page)
    assert "SSB++, 50 NFE" in page
    assert "As published, on other splits: not comparable" in page


def test_markdown_names_the_pictures_beside_it(done: Path) -> None:
    text = (done / "benchmark.md").read_text()
    pictures = re.findall(r"!\[[^]]*\]\(([^)]*)\)", text)
    assert pictures
    assert all((done / picture).is_file() for picture in pictures)
    assert "| SSB++, 8 NFE | " in text
    assert "**" in text


def test_same_command_scores_nothing_again_and_another_seed_all(
    done: Path, lidc: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scored: list[str] = []
    row = scoring._row
    monkeypatch.setattr(scoring, "_row", lambda *given: scored.append("crop") or row(*given))
    before = json.loads((done / "benchmark.json").read_text())
    assert main(command(lidc, done, "--methods", "ssbpp,threshold")) == 0
    assert scored == []
    assert json.loads((done / "benchmark.json").read_text()) == before
    assert "| SSB++, 8 NFE |" in capsys.readouterr().out
    stored = json.loads((done / "scores" / "threshold-1.json").read_text())
    (done / "scores" / "threshold-1.json").write_text(json.dumps({**stored, "fingerprint": "another checkpoint"}))
    assert main(command(lidc, done, "--methods", "ssbpp,threshold")) == 0
    assert len(scored) == 7


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (["--methods", "ssbpp,unet"], "There is no method 'unet' for the preset tiny: choose from shipped, ssbpp, "),
        (["--methods", "ssbpp,"], "The option --methods is 'ssbpp,', but it must be names with commas between them."),
        (["--everywhere", "ssbpp"], "There is no entry 'ssbpp': choose from shipped-2, "),
        (["--samples", "1,16"], "The option --samples is '1', but it must be a whole number from 2 to 1000."),
        (["--subset", "0"], "The option --subset is '0', but it must be a whole number from 1 to 1000000."),
        (["--split", "train"], "The split is 'train', but the methods are trained on it: give val or test."),
        (["--split", "tests"], "There is no split 'tests' in nodules.csv: choose one of test, train."),
        (["--preset", "liver"], "There is no preset 'liver': choose one of "),
        (["--methods", "shipped"], "There is no checkpoint tiny-<version>.safetensors in the folder model: give the path of one."),
    ],
)
def test_bad_input_gets_one_sentence(
    lidc: Path, tmp_path: Path, changes: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(lidc, tmp_path, *changes)) == 2
    error = capsys.readouterr().err
    assert error.startswith(sentence)
    assert error.count("\n") == 1


def test_one_budget_for_all(done: Path, lidc: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(lidc, done, "--methods", "ssbpp", "--steps", "2")) == 2
    assert "was trained for 3 steps, but all methods must have 2: give --steps 3, or choose another" in capsys.readouterr().err
    assert main(command(lidc, done, "--methods", "ssbpp,ranked", "--batch", "3")) == 2
    assert "are trained with batch 2, not 3: give that, or choose another output folder." in capsys.readouterr().err


def test_patients_of_the_training_split_are_refused(lidc: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_splits(tmp_path / "lidc")
    table = tmp_path / "lidc" / "nodules.csv"
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows([{**row, "patient": "one"} for row in rows])
    assert main(command(tmp_path / "lidc", tmp_path / "out", "--methods", "threshold")) == 2
    assert capsys.readouterr().err == "The training split shares 1 patients with the split test: choose a split without them.\n"
