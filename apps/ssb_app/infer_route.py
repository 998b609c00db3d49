"""POST /infer/{model} from a thread of its own, which ends early where the client hangs up.

MONAI Label runs its own on the event loop, where one sampling keeps every other request waiting. Ours takes the same arguments,
asks for the same role and calls the same function; it stands before the stock route, which stays for the API's description.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, FastAPI, File, Form, Request, UploadFile
from monailabel.endpoints import infer as stock
from monailabel.interfaces.utils.app import app_instance

from ssb.errors import InputError, NotFoundError
from ssb_app.asker import Asker, client_of, while_there
from ssb_app.audit import note
from ssb_app.rater_names import stated_name
from ssb_app.session_routes import find_session
from ssb_app.store import IMAGE_EXTENSIONS
from ssb_app.submissions import received
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
    if Path(image).is_absolute() and not (file or session_id):
        raise NotFoundError(f"There is no image '{image}' in the studies: a path on the server is not served.")
    if output == stock.ResultType.dicom_seg:
        _check_dicom(asked, by_id=not (file or session_id))

    def answer(image: str, session_id: str) -> Any:
        # what the address says already; a label comes from OHIF's scribbles, which no task of ours takes
        options = json.dumps({key: value for key, value in asked.items() if key not in ("model", "session")})
        with ExitStack() as stack:
            if file:
                image, session_id = str(stack.enter_context(received(file, IMAGE_EXTENSIONS))), ""
            elif session_id:
                find_session(session_id)
            return stock.run_inference(background_tasks, model, image, session_id, options, None, None, output)

    return await while_there(request, Asker(client_of(request, asked.get("client_id"))), partial(answer, image, session_id))


def _check_dicom(stated: dict[str, Any], by_id: bool) -> None:
    if not by_id or app_instance().pacs is None:
        raise InputError("The output dicom_seg is for the images of a PACS: download /ssb/sample_sets/{id}/segmentation.dcm instead.")
    entries = stated.get("label_info")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise InputError("The output dicom_seg needs label_info in the params: a list with an object for each label.")


def serve_in_threads(app: FastAPI) -> None:
    """Put our route before MONAI Label's own."""
    put_before(app, "/infer/{model}", run_inference, "POST", [Depends(reader)])
