"""POST /infer/{model} from a worker thread.

MONAI Label runs its own on the event loop, where one sampling keeps every other request waiting. Ours takes the same arguments,
asks for the same role and calls the same function; it stands before the stock route, which stays for the API's description.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, FastAPI, File, Form, UploadFile
from monailabel.endpoints import infer as stock

from ssb.errors import InputError, NotFoundError
from ssb_app.audit import note
from ssb_app.rater_names import stated_name
from ssb_app.web import put_before, read_params, reader


def run_inference(
    background_tasks: BackgroundTasks,
    model: str,
    image: str = "",
    session_id: str = "",
    params: Annotated[str, Form()] = "{}",
    file: Annotated[UploadFile | None, File()] = None,
    label: Annotated[UploadFile | None, File()] = None,
    output: stock.ResultType | None = None,
) -> Any:
    """Run inference; not a coroutine, so that FastAPI calls it in a worker thread."""
    stated = read_params(params)
    note(who=stated_name(stated.get("client_id")))
    if "image" in stated:
        raise InputError("The params must not name an image: give it in the address.")
    if not (file or image or session_id):
        raise InputError("The request names no image: give image, session_id or a file.")
    if Path(image).is_absolute() and not (file or session_id):
        raise NotFoundError(f"There is no image '{image}' in the studies: a path on the server is not served.")
    return stock.run_inference(background_tasks, model, image, session_id, params, file, label, output)


def serve_in_threads(app: FastAPI) -> None:
    """Put our route before MONAI Label's own."""
    put_before(app, "/infer/{model}", run_inference, "POST", [Depends(reader)])
