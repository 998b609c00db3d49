"""The demonstration, run as the command line runs it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from ssb.errors import InputError
from ssb.volumes import read_volume
from ssb_app.demo import demo
from ssb_app.server_process import MAIN
from tests.ctrl_c import heed_ctrl_c

FILES = {
    "consensus.nii.gz",
    "disagreement.nii.gz",
    "levels.nii.gz",
    "overview.png",
    "report.html",
    "sample-1.nii.gz",
    "samples.seg.nrrd",
    "server.log",
}


def test_it_writes_its_files_keeps_the_server_until_ctrl_c_and_stops_it(checkpoint: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-u", str(MAIN), "demo", "-o", str(tmp_path), "--keep", "--samples", "3", "--nfe", "2"]
    command += ["--checkpoint", str(checkpoint)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=heed_ctrl_c) as process:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if "/ssb/sample_sets" in line:
                break
        (address,) = re.findall(r"server answers at (http://127\.0\.0\.1:\d+)", "".join(lines))
        with urllib.request.urlopen(f"{address}/ssb/stats", timeout=60) as answer:
            assert json.load(answer)["runs"] == 1
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=60)[0]
    assert process.returncode == 0
    assert "The server is stopped." in rest
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{address}/info/", timeout=5)
    assert {path.name for path in tmp_path.iterdir()} == FILES | {"summary.json"}
    told = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert len(told["interpretations"]) >= 1
    assert read_volume(tmp_path / "disagreement.nii.gz").array.shape == tuple(told["grid"]["shape"])
    shown = "".join(lines)
    assert re.search(r"agreement +\d\.\d\d", shown)
    assert str(tmp_path / "overview.png") in shown


def test_ones_own_image_needs_a_point_and_is_then_sampled(
    studies: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.nii.gz").write_bytes((studies / "axial.nii.gz").read_bytes())
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(InputError, match=r"There is no point.*Here that is --point I,J,K \(make demo POINT=I,J,K\)\.$"):
        demo(out, own, samples=3, nfe=2, checkpoint=checkpoint)
    demo(out, own, point=(17, 27, 4), samples=3, nfe=2, checkpoint=checkpoint)
    assert "3 samples of image mine at voxel (17, 27, 4)" in capsys.readouterr().out
    assert np.count_nonzero(read_volume(out / "consensus.nii.gz").array) > 50
