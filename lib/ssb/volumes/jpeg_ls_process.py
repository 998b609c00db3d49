"""JPEG-LS decoded in processes of its own: CharLS takes some ten seconds over certain broken codestreams of a few hundred bytes, and
nothing in its own process can stop it or run beside it."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

from ssb.errors import InputError

WORKER = Path(__file__).with_name("jpeg_ls_worker.py")

_SECONDS = 0.5
_PIXELS_A_SECOND = 2e6
"""Our choice of what a frame may take on the processor: some ten times what a slow core needs."""

_MOST_IDLE = 4


class _Decoder:
    """One worker. It ends when its standard input does, so also where this process is killed."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-I", str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin is not None and self._process.stdout is not None
        self._frames, self._answers = self._process.stdin, self._process.stdout
        if not self._answers.read(1):
            self.close()
            raise RuntimeError("The JPEG-LS decoder does not start.")

    def decode(self, codestream: bytes, seconds: float) -> bytes:
        """The pixels; none where there are none to be had. Raises EOFError or BrokenPipeError where the worker has ended."""
        self._frames.write(struct.pack("<dQ", seconds, len(codestream)) + codestream)
        self._frames.flush()
        head = self._answers.read(8)
        if len(head) < 8:
            raise EOFError
        return self._answers.read(*struct.unpack("<Q", head))

    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._frames.close()
        self._answers.close()


_idle: list[_Decoder] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # a worker serves one process


def _take() -> _Decoder:
    while _idle:
        try:
            decoder = _idle.pop()
        except IndexError:  # another thread was quicker
            break
        if decoder.alive():
            return decoder
        decoder.close()
    return _Decoder()


def decode_jpeg_ls(codestream: bytes, pixels: int, name: str) -> bytes:
    """The values of a frame of `pixels` pixels of one component, row by row, in the machine's byte order: one byte each where the
    codestream has at most 8 bits, else two. Raises an InputError, naming the file, where it cannot be decoded in time."""
    seconds = _SECONDS + pixels / _PIXELS_A_SECOND
    decoder = _take()
    try:
        found = decoder.decode(codestream, seconds)
    except BaseException as error:
        decoder.close()
        if not isinstance(error, (EOFError, BrokenPipeError)):
            raise
        raise InputError(f"The file {name} is broken: its JPEG-LS decoder broke off at a frame that had {seconds:.1f} s.") from error
    if len(_idle) < _MOST_IDLE:
        _idle.append(decoder)
    else:
        decoder.close()
    if not found:
        raise InputError(f"The file {name} is broken: its JPEG-LS pixels cannot be read.")
    return found
