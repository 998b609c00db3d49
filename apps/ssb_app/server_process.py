"""The server as a process of its own, which never outlives the block that uses it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from ssb.errors import InputError, SSBError

MAIN = Path(__file__).resolve().parents[2] / "main.py"
START_SECONDS = 180.0
STOP_SECONDS = 10.0


def free_port(host: str = "127.0.0.1") -> int:
    """A port of `host` that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server(
    studies: Path | str,
    log: Path,
    checkpoint: Path | None = None,
    on_wait: Callable[[float], None] | None = None,
    models: Path | None = None,
) -> Iterator[str]:
    """The address of `main.py serve` on `studies`, on a free loopback port, once it answers; it is stopped when the block ends.

    log: file for what the server prints. on_wait: called with the seconds waited so far. The end of the block, an error in it,
    Ctrl-C and SIGTERM all stop the server. Raises InputError with the server's own sentence where it does not start.
    """
    arguments = ["serve", "--studies", str(studies), *(["--checkpoint", str(checkpoint)] if checkpoint else [])]
    arguments += ["--models", str(models)] if models else []
    with running_command(arguments, log, on_wait) as address:
        yield address


@contextmanager
def running_command(arguments: Sequence[str], log: Path, on_wait: Callable[[float], None] | None = None) -> Iterator[str]:
    """The same for any command of main.py that serves: `arguments` without its port."""
    port = free_port()
    with log.open("wb") as output, termination_as_exception():
        command = [sys.executable, str(MAIN), *arguments, "--port", str(port)]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, process, log, on_wait or (lambda seconds: None))
            yield address
        finally:
            _stop(process)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path, on_wait: Callable[[float], None]) -> None:
    started = time.monotonic()
    while not _answers(address):
        waited = time.monotonic() - started
        if process.poll() is not None:
            raise InputError(_last_line(log) or f"The server ended with code {process.returncode}.")
        if waited > START_SECONDS:
            raise SSBError(f"The server did not answer within {START_SECONDS:.0f} seconds: see {log}.")
        on_wait(waited)
        time.sleep(0.2)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/info/", timeout=5):
            return True
    except urllib.error.HTTPError:  # such as "log in first": it answers
        return True
    except OSError:
        return False


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else ""


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def termination_as_exception() -> Iterator[None]:
    """SIGTERM, and SIGHUP of a closed terminal, end this program by an exception, so that blocks still clean up."""

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    numbers = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    earlier = [signal.signal(number, leave) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, earlier, strict=True):
            signal.signal(number, handler)
