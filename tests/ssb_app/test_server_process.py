"""The server's process never outlives its block."""

from __future__ import annotations

import os
import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from monailabel.client import MONAILabelClient

from ssb.errors import InputError
from ssb_app.server_process import free_port, running_server


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/info/", timeout=5):
            return True
    except urllib.error.URLError:
        return False


def test_termination_inside_the_block_stops_the_server_and_leaves_nothing(
    studies: Path, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    earlier = signal.getsignal(signal.SIGTERM)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with pytest.raises(SystemExit) as caught, running_server(studies, tmp_path / "log", checkpoint, waits.append) as address:
        assert answers(address)
        MONAILabelClient(address, tmpdir=str(tmp_path)).infer("ssbpp", "axial", {"foreground": [[17, 27, 4]], "samples": 1, "nfe": 1})
        assert list(tmp_path.glob("ssb-answers-*"))
        os.kill(os.getpid(), signal.SIGTERM)
    assert caught.value.code == 128 + signal.SIGTERM
    assert not answers(address)
    assert not list(tmp_path.glob("ssb-answers-*"))
    assert waits == sorted(waits)
    assert waits
    assert signal.getsignal(signal.SIGTERM) is earlier


def test_a_server_that_does_not_start_tells_its_own_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"^There is no studies folder '.*absent'\.$"),
        running_server(tmp_path / "absent", tmp_path / "log"),
    ):
        pass


def test_a_free_port_can_be_bound() -> None:
    assert 0 < free_port() < 65536
