"""`sample --cohort`: one bad study does not stop the others, and the same command goes on where it was interrupted."""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ssb.cohort import processes
from ssb.cohort.sheet import Case
from ssb.cohort.work import ORDER, Outcome, Settings
from ssb.device import available_cores
from ssb.options import Options
from ssb.volumes import Volume, read_volume, write_nifti
from ssb_cli import main
from tests.conftest import torch_threads
from tests.ctrl_c import heed_ctrl_c

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = ["--samples", "2", "--nfe", "1", "--seed", "4"]


@pytest.fixture
def image(volume: Volume, tmp_path: Path) -> Path:
    return write_nifti(tmp_path / "ball.nii.gz", volume.array, volume.affine)


@pytest.fixture
def sheet(image: Path, tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    rows = [
        ("good", image, "20,24,6"),
        ("gone", tmp_path / "gone.nii.gz", "1,1,1"),
        ("out", image, "900,1,1"),
    ]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("id", "image", "point"), *rows])
    return path


def rows_of(out: Path) -> dict[str, dict[str, str]]:
    with (out / "cohort.csv").open(newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def run(sheet: Path, out: Path, checkpoint: Path, *more: str) -> int:
    return main(["sample", "--cohort", str(sheet), "-o", str(out), "--checkpoint", str(checkpoint), *OPTIONS, *more])


def test_good_lesions_are_sampled_and_bad_ones_say_why(
    sheet: Path, image: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, alone = tmp_path / "out", tmp_path / "alone"
    assert run(sheet, out, checkpoint, "--workers", "1") == 1
    assert "2 of 3 lesions failed" in capsys.readouterr().err
    rows = rows_of(out)
    assert {name: row["status"] for name, row in rows.items()} == {"good": "done", "gone": "failed", "out": "failed"}
    assert "gone.nii.gz" in rows["gone"]["problem"]
    assert "900" in rows["out"]["problem"]
    assert float(rows["good"]["volume_ml_high"]) >= float(rows["good"]["volume_ml_median"])
    with torch_threads(available_cores()):  # as the lone worker has: in bfloat16 the sums depend on how many there are
        assert main(["sample", str(image), "--point", "20,24,6", "-o", str(alone), "--checkpoint", str(checkpoint), *OPTIONS]) == 0
    same = [read_volume(folder / "disagreement.nii.gz").array for folder in (out / "good", alone)]
    assert np.array_equal(*same)


def test_the_same_command_goes_on_and_another_request_samples_again(
    sheet: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    sheet.write_text("\n".join(sheet.read_text().splitlines()[:2]) + "\n")
    assert run(sheet, out, checkpoint, "--workers", "1") == 0
    before = (out / "good" / ORDER).stat().st_mtime_ns
    assert run(sheet, out, checkpoint, "--workers", "1") == 0
    assert "1 of 1 lesions are done already" in capsys.readouterr().out
    assert (out / "good" / ORDER).stat().st_mtime_ns == before
    (out / "good" / ORDER).unlink()  # as a run that was killed while it wrote leaves it
    assert run(sheet, out, checkpoint, "--workers", "1", "--seed", "5") == 0
    assert (out / "good" / ORDER).stat().st_mtime_ns > before


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["image.nii"], "With --cohort images and points stand in its file"),
        (["--inside", "1,2,3"], "With --cohort images and points stand in its file"),
        (["--workers", "0"], "The option --workers is '0', but it must be a whole number from 1 to 256."),
    ],
)
def test_what_does_not_fit_a_cohort_is_refused(
    sheet: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], sentence: str
) -> None:
    assert run(sheet, tmp_path / "out", checkpoint, *more) == 2
    assert sentence in capsys.readouterr().err


def test_options_of_a_cohort_are_refused_without_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", "scan.nii", "--point", "1,2,3", "-o", str(tmp_path), "--ray", "auto"]) == 2
    assert "The options --workers and --ray belong to --cohort." in capsys.readouterr().err
    assert main(["sample", "--point", "1,2,3", "-o", str(tmp_path)]) == 2
    assert "Give the IMAGE to sample" in capsys.readouterr().err


def deadly(case: Case, settings: Settings, threads: int) -> Outcome:
    """Kills its process for one case, as a system without memory does."""
    if case.id == "deadly":
        os.kill(os.getpid(), signal.SIGKILL)
    return Outcome(case.id)


def test_a_case_that_kills_its_process_is_given_up_and_the_others_are_done(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(processes, "sample_case", deadly)
    settings = Settings(tmp_path, "", "cpu", Options(1, 1, 0.0, 0), tmp_path)
    cases = [Case(name, tmp_path, "1,1,1", "") for name in ("deadly", "a", "b")]
    found = {outcome.id: outcome.problem for outcome in processes.on_processes(cases, settings, 2, 1)}
    assert found.pop("deadly").startswith("The process that sampled it was killed 2 times")
    assert found == {"a": "", "b": ""}


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs Ray, an optional dependency: pip install 'ray>=2.40,<3'")
def test_a_ray_cluster_samples_the_same(sheet: Path, checkpoint: Path, tmp_path: Path) -> None:
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    try:
        assert run(sheet, tmp_path / "out", checkpoint, "--ray", cluster.address) == 1
    finally:
        ray.shutdown()
        cluster.shutdown()
    assert {name: row["status"] for name, row in rows_of(tmp_path / "out").items()} == {"good": "done", "gone": "failed", "out": "failed"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_its_processes_and_what_is_done_stays(
    number: signal.Signals, image: Path, checkpoint: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "long.csv"
    with sheet.open("w", newline="") as file:
        csv.writer(file).writerows([("id", "image", "point"), *((f"n{n}", image, "20,24,6") for n in range(400))])
    out = tmp_path / "out"
    command = [sys.executable, "main.py", "sample", "--cohort", str(sheet), "-o", str(out), "--checkpoint", str(checkpoint), *OPTIONS]
    process = subprocess.Popen(
        [*command, "--workers", "1"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=heed_ctrl_c,
    )
    try:
        end = time.monotonic() + 120
        while not list(out.glob(f"*/{ORDER}")) and time.monotonic() < end:
            time.sleep(0.2)
        # Ctrl-C reaches all processes of a terminal, `kill` the one that it names.
        (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
        assert process.wait(60) == 128 + number
        with pytest.raises(ProcessLookupError):
            for _ in range(50):
                os.killpg(process.pid, 0)
                time.sleep(0.2)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    rows = rows_of(out)
    assert {row["status"] for row in rows.values()} == {"done", "open"}
    assert len(rows) == 400
