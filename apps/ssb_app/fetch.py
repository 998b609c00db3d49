"""A server's answers for a client that knows only HTTP: MONAI Label's own client and our routes."""

from __future__ import annotations

import json
import shutil
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

from monailabel.client import MONAILabelClient
from monailabel.client.client import MONAILabelClientException

from ssb.errors import InputError

SECONDS = 600.0


def infer(client: MONAILabelClient, model: str, image: str, params: dict[str, Any], target: Path) -> dict[str, Any]:
    """Ask a model through the stock client, keep the file as `target` and return the JSON; an InputError with the server's sentence."""
    try:
        file, answer = client.infer(model, image, dict(params))
    except MONAILabelClientException as error:
        raise InputError(_sentence(str(error.msg))) from error
    shutil.move(file, target)
    return dict(answer)


def download(address: str, target: Path) -> Path:
    """The file at `address`."""
    with urllib.request.urlopen(address, timeout=SECONDS) as answer, target.open("wb") as file:
        shutil.copyfileobj(answer, file)
    return target


def download_image(client: MONAILabelClient, image: str, folder: Path) -> Path:
    """The image of that id, in `folder`, with the ending of the file that the server makes of it."""
    with urllib.request.urlopen(f"{client.get_server_url()}/datastore/image?image={quote(image)}", timeout=SECONDS) as answer:
        target = folder / f"image{str(answer.headers.get_filename()).removeprefix(image)}"
        with target.open("wb") as file:
            shutil.copyfileobj(answer, file)
    return target


def _sentence(message: str) -> str:
    """The `detail` of an answer as the stock client words it, "Status: 422; Response: {...}"."""
    try:
        return str(json.loads(message.partition("Response: ")[2])["detail"])
    except (ValueError, KeyError, TypeError):
        return f"The server answered: {message}"
