"""What goes wrong in any route, MONAI Label's own too, becomes one sentence with a status that says whose fault it was."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from ssb.annotations.durable import CLOSED, FULL
from ssb.errors import SSBError, StorageError
from ssb.memory import MemoryShortError, is_shortage


def disk_sentence(error: OSError) -> str | None:
    """What an error of the disk means; None for an OSError of another kind."""
    if error.errno in FULL:
        return "The server's disk is full, so nothing was kept: tell its administrator."
    if error.errno in CLOSED:
        return "The server cannot write to its folder, so nothing was kept: tell its administrator."
    return None


def answer_faults(app: FastAPI) -> None:
    """Let the app answer our errors, errors of the disk (507), and shortages of memory (503) in a sentence. Others stay status 500."""

    async def told(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, SSBError)
        return JSONResponse({"detail": str(error)}, error.status)

    async def disk(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, OSError)
        sentence = disk_sentence(error)
        if sentence is None:
            raise error
        return JSONResponse({"detail": sentence}, StorageError.status)

    async def memory(request: Request, error: Exception) -> JSONResponse:
        if not is_shortage(error):
            raise error
        sentence = "The request needs more memory than the server has free now: try again in a minute."
        return JSONResponse({"detail": sentence}, MemoryShortError.status)

    app.add_exception_handler(SSBError, told)
    app.add_exception_handler(OSError, disk)
    app.add_exception_handler(MemoryError, memory)
    app.add_exception_handler(RuntimeError, memory)
