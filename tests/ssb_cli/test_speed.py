"""The command `benchmark speed`, whole, with a tiny checkpoint and a short lesion."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ssb.speed import growth, report, works
from ssb.speed.works import DIFFUSION_NFE, MANY_NFE
from ssb_cli import main, speed


@pytest.fixture(scope="module")
def found(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("speed")
    with pytest.MonkeyPatch.context() as patch:
        for place in (report, speed):
            patch.setattr(place, "SLICES", 4)
        patch.setattr(growth, "SLICES", (2, 4, 6, 8))
        patch.setattr(growth, "COUNTS", (1, 2, 4, 8))
        patch.setattr(growth, "NFE", (1, 2, 3, 4))
        patch.setattr(works, "DIFFUSION_TIMED", 2)
        assert main(["benchmark", "speed", "-o", str(out), "--rounds", "1", "--device", "cpu", "--checkpoint", str(checkpoint)]) == 0
    return out


def test_everything_is_timed(found: Path) -> None:
    told = json.loads((found / "speed.json").read_text())
    names = ["unet", "ssbpp", "first", f"ssbpp-{MANY_NFE}", *(f"diffusion-{nfe}" for nfe in DIFFUSION_NFE)]
    assert list(told["contenders"]) == names
    assert all(one["seconds"] > 0 and len(one["rounds"]) == 1 for one in told["contenders"].values())
    assert told["contenders"]["unet"]["passes"] == 1 and told["contenders"]["ssbpp"]["of_ssbpp"] == 1
    assert {kind: len(values) for kind, values in told["growth"].items()} == {"samples": 4, "nfe": 4, "slices": 4, "region": 2}
    assert told["server"]["the same click again"] < told["server"]["a click, answered with the summary"]


def test_the_table_says_the_device(found: Path) -> None:
    told, text = json.loads((found / "speed.json").read_text()), (found / "speed.md").read_text()
    assert told["name"] in text and "## Through the server" in text and "## Memory" in text


def test_rounds_must_be_a_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmark", "speed", "-o", str(tmp_path), "--rounds", "0"]) == 2
    assert "--rounds is '0'" in capsys.readouterr().err


def test_without_speed_there_must_be_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmark", "-o", str(tmp_path)]) == 2
    assert "--data is missing" in capsys.readouterr().err
