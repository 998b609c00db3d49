"""The viewer as a process of its own; what is wrong with its options is tested with the command line."""

from __future__ import annotations

import socket
import urllib.request
from pathlib import Path

import pytest

from ssb.errors import InputError
from ssb_app.access.access import Access
from ssb_app.server_process import free_port, running_command
from ssb_viewer.serving import serve

PACS = "http://127.0.0.1:8042/dicom-web"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("OHIF")
    return tmp_path


def test_it_says_where_to_open_it_and_answers_there(dist: Path) -> None:
    log = dist / "viewer.log"
    with running_command(["viewer", "--pacs", PACS, "--ohif", str(dist)], log) as address:
        with urllib.request.urlopen(f"{address}/as/anna/", timeout=10) as answer:
            assert answer.read() == b"OHIF"
        assert f"for the PACS at {PACS}: open {address}/" in log.read_text()


def test_a_port_in_use_is_one_sentence(dist: Path) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)), pytest.raises(InputError, match=f"The port {port} of 127.0.0.1 cannot be used"):
        serve(PACS, Access(), port=port, ohif=dist)
