"""Stock routes that cannot be made safe, or have no use here, answered with what to do instead; and those of pages and logs made safe."""

from __future__ import annotations

import shutil
import subprocess
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

from fastapi import Depends, FastAPI, Query
from fastapi.responses import FileResponse, PlainTextResponse, Response
from monailabel.config import settings
from monailabel.endpoints import ohif as stock_ohif

from ssb.errors import InputError, NotFoundError, SSBError
from ssb_app.web import administrator, put_before, reader

OHIF = (Path(stock_ohif.__file__).parent / "static" / "ohif").resolve()
_SECONDS = 10.0


class ClosedError(SSBError):
    """A route that nobody may use."""

    status = 403


MODELS = "Models are not replaced or deleted over HTTP: GET /ssb/models lists their versions, POST /ssb/models/{name}/use chooses one."
RELOAD = "The app is not loaded anew while requests run: start the server again."
SLIDES = "The models of this app take CT volumes, not whole-slide images: use /infer/ssbpp."


def closed(sentence: str, kind: type[SSBError]) -> Callable[[], NoReturn]:
    """An endpoint that answers with the sentence, whatever it is sent."""

    def answer() -> NoReturn:
        raise kind(sentence)

    return answer


def ohif_file(path: str) -> Response:
    """A file of the OHIF that MONAI Label brings; its page for every other path, which OHIF reads itself."""
    try:
        file = (OHIF / path).resolve()
        inside = file.is_relative_to(OHIF) and file.is_file()
    except (ValueError, OSError):  # a path that no system knows
        inside = False
    return FileResponse(file if inside else OHIF / "index.html")


def log(lines: Annotated[int, Query(ge=1, le=100_000)] = 300) -> Response:
    """The last lines of the server's log."""
    file = Path(settings.MONAI_LABEL_APP_DIR) / "logs" / "app.log"
    if not file.is_file():
        raise NotFoundError("There is no log file: the server logs to where it was started.")
    with file.open(encoding="utf-8", errors="replace") as text:
        return PlainTextResponse("".join(deque(text, lines)), headers={"X-Content-Type-Options": "nosniff"})


def gpus() -> Response:
    """What nvidia-smi says."""
    program = shutil.which("nvidia-smi")
    if program is None:
        raise NotFoundError("There is no nvidia-smi on this machine, so nothing is known of its GPUs.")
    found: Any = subprocess.run([program], stdout=subprocess.PIPE, timeout=_SECONDS, check=False)
    return PlainTextResponse(found.stdout.decode(errors="replace"))


def close_routes(app: FastAPI) -> None:
    """Put our routes before MONAI Label's own."""
    for method in ("PUT", "DELETE"):
        put_before(app, "/model/{model}", closed(MODELS, ClosedError), method, [Depends(administrator)])
    put_before(app, "/reload", closed(RELOAD, ClosedError), "POST", [Depends(administrator)])
    for path in ("/infer/wsi/{model}", "/infer/wsi_v2/{model}"):
        put_before(app, path, closed(SLIDES, InputError), "POST", [Depends(reader)])
    put_before(app, "/ohif/{path:path}", ohif_file, "GET", [Depends(reader)])
    put_before(app, "/logs/", log, "GET", [Depends(administrator)])
    put_before(app, "/logs/gpu", gpus, "GET", [Depends(administrator)])
