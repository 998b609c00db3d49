"""What keeps the server from starting is one sentence."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ssb.errors import InputError, NotFoundError
from ssb_app.server_process import MAIN, free_port
from ssb_app.serving import serve


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        serve(str(tmp_path / "absent"))
    assert str(caught.value) == f"There is no studies folder '{tmp_path / 'absent'}'."
    assert not (tmp_path / "absent").exists()


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(InputError, match=rf"^The port {port} of 127\.0\.0\.1 cannot be used: address already in use\.$"):
            serve(str(tmp_path), port=port)


def test_an_unknown_host_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^The port 8000 of no\.such\.host\.invalid cannot be used: "):
        serve(str(tmp_path), host="no.such.host.invalid")


@pytest.mark.parametrize("problem", ["no image", "pickle"])
def test_the_command_ends_with_the_sentence_and_code_2(tmp_path: Path, studies: Path, checkpoint: Path, problem: str) -> None:
    folder, file = studies, checkpoint
    sentence = "The checkpoint weights.pt is a pickle, which can run code: only safetensors are read."
    if problem == "pickle":
        file = tmp_path / "weights.pt"
        file.write_bytes(b"\x80\x04rest")
    else:
        folder = tmp_path / "empty"
        folder.mkdir()
        sentence = f"The studies folder '{folder}' holds no image that can be served, neither as NIfTI or NRRD file nor as DICOM series."
    command = [sys.executable, str(MAIN), "serve", "--studies", str(folder), "--port", str(free_port()), "--checkpoint", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == sentence
    assert "Traceback" not in ended.stderr
