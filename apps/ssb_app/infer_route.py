"""POST /infer/{model} from a worker thread.

MONAI Label runs its own on the event loop, where one sampling keeps every other request waiting. Ours takes the same arguments,
asks for the same role and calls the same function; it stands before the stock route, which stays for the API's description.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, FastAPI, File, Form, UploadFile
from monailabel.config import settings
from monailabel.endpoints import infer as stock

from ssb.errors import InputError, NotFoundError
from ssb_app.web import SentenceRoute, reader


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
    _check_params(params)
    if not (file or image or session_id):
        raise InputError("The request names no image: give image, session_id or a file.")
    if Path(image).is_absolute() and not (file or session_id):
        raise NotFoundError(f"There is no image '{image}' in the studies: a path on the server is not served.")
    return stock.run_inference(background_tasks, model, image, session_id, params, file, label, output)


def serve_in_threads(app: FastAPI) -> None:
    """Put our route before MONAI Label's own."""
    path = f"{settings.MONAI_LABEL_API_STR}/infer/{{model}}"
    app.router.add_api_route(
        path,
        run_inference,
        methods=["POST"],
        dependencies=[Depends(reader)],
        response_model=None,
        include_in_schema=False,
        route_class_override=SentenceRoute,
    )
    app.router.routes.insert(0, app.router.routes.pop())


def _check_params(text: str) -> None:
    try:
        params = json.loads(text) if text else {}
    except json.JSONDecodeError as error:
        raise InputError(f"The params are not JSON: {error}.") from error
    if not isinstance(params, dict):
        raise InputError("The params must be a JSON object with the options' names and values.")
    if "image" in params:
        raise InputError("The params must not name an image: give it in the address.")
