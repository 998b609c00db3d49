"""POST /infer/{model} from a thread of its own, which ends early where the client hangs up.

MONAI Label runs its own on the event loop, where one sampling keeps every other request waiting. Ours takes the same arguments,
asks for the same role and calls the same function; it stands before the stock route, which stays for the API's description.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, FastAPI, File, Form, Request, UploadFile
from monailabel.endpoints import infer as stock

from ssb.errors import InputError, NotFoundError
from ssb.volumes.dicom_index import ENDING
from ssb_app.asker import Asker, client_of, while_there
from ssb_app.audit import note
from ssb_app.rater_names import stated_name
from ssb_app.web import put_before, read_params, reader


async def run_inference(
    request: Request,
    background_tasks: BackgroundTasks,
    model: str,
    image: str = "",
    session_id: str = "",
    params: Annotated[str, Form()] = "{}",
    file: Annotated[UploadFile | None, File()] = None,
    label: Annotated[UploadFile | None, File()] = None,
    output: stock.ResultType | None = None,
) -> Any:
    """Run inference, when it is the client's turn."""
    asked = read_params(params)
    note(who=stated_name(asked.get("client_id")))
    if "image" in asked:
        raise InputError("The params must not name an image: give it in the address.")
    if not (file or image or session_id):
        raise InputError("The request names no image: give image, session_id or a file.")
    if file and (file.filename or "").lower().endswith(ENDING):
        raise InputError(f"The file {file.filename} is an index of files of a server: send the image itself.")
    if Path(image).is_absolute() and not (file or session_id):
        raise NotFoundError(f"There is no image '{image}' in the studies: a path on the server is not served.")
    work = partial(stock.run_inference, background_tasks, model, image, session_id, params, file, label, output)
    return await while_there(request, Asker(client_of(request, asked.get("client_id"))), work)


def serve_in_threads(app: FastAPI) -> None:
    """Put our route before MONAI Label's own."""
    put_before(app, "/infer/{model}", run_inference, "POST", [Depends(reader)])
