"""The program that decodes JPEG-LS for `ssb.volumes.jpeg_ls_process`; started by its path, it imports nothing of this package.

It says one byte when it is ready. Then it reads, again and again, the seconds that it may take (float64), the length of a codestream
(uint64) and the codestream, and answers with the length of the pixels (uint64, 0 where they cannot be decoded) and the pixels.
Where the seconds are used up it ends.
"""

from __future__ import annotations

import faulthandler
import signal
import struct
import sys
from typing import BinaryIO

import jpeg_ls


def _limit(seconds: float) -> None:
    """End this process, whatever it is at, after so much time on the processor; without such a clock (Windows), so much time. 0: do not."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    elif seconds:
        faulthandler.dump_traceback_later(seconds, exit=True)
    else:
        faulthandler.cancel_dump_traceback_later()


def serve(frames: BinaryIO, answers: BinaryIO) -> None:
    """Decode until no more comes."""
    answers.write(b"!")
    answers.flush()
    while head := frames.read(16):
        seconds, length = struct.unpack("<dQ", head)
        codestream = frames.read(length)
        _limit(seconds)
        try:
            pixels, _ = jpeg_ls.decode_pixel_data(codestream)
        except Exception:  # whatever is wrong, there are no pixels
            pixels = b""
        _limit(0)
        answers.write(struct.pack("<Q", len(pixels)) + pixels)
        answers.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started it
    serve(sys.stdin.buffer, sys.stdout.buffer)
