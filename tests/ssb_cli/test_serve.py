"""The command `serve`, as far as it goes before it listens."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ssb_cli import main


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--studies", "nowhere"], "There is no studies folder 'nowhere'."),
        (["--studies", ".", "--port", "0"], "The option --port is '0', but it must be a whole number from 1 to 65535."),
        (["--studies", ".", "--port", "-1"], "The option --port is '-1', but it must be a whole number from 1 to 65535."),
        (["--studies", ".", "--port", "65536"], "The option --port is '65536', but it must be a whole number from 1 to 65535."),
        (["--studies", ".", "--device", "gpu"], "The device 'gpu' is not known: give cpu, cuda, cuda:0 (or another number) or auto."),
    ],
)
def test_bad_input_gets_one_sentence(options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", *options]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"


def test_port_in_use_gets_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--studies", str(tmp_path), "--port", str(port)]) == 2
    assert capsys.readouterr().err == f"The port {port} of 127.0.0.1 cannot be used: address already in use.\n"
