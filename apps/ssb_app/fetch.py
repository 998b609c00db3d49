"""A server's answers, brought together again by a client that knows only HTTP: MONAI Label's own client and our routes."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from monailabel.client import MONAILabelClient
from monailabel.client.client import MONAILabelClientException

from ssb.errors import InputError
from ssb.outputs.seg_nrrd import Segment
from ssb.plausible import Box, Request, SampleSet

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
    """The image of that id, in `folder`."""
    extension = client.datastore()["objects"][image]["image"]["ext"]
    return download(f"{client.get_server_url()}/datastore/image?image={quote(image)}", folder / f"image{extension}")


def rebuild(summary: dict[str, Any], segments: Sequence[Segment]) -> SampleSet:
    """The sample set that a summary and the segments of its layered file describe."""
    asked = summary["request"]
    samples = [segment for segment in segments if segment.name.startswith("sample ")]
    request = Request(
        point=tuple(asked["point"]),
        samples=asked["samples"],
        nfe=asked["nfe"],
        guidance=asked["guidance"],
        seed=asked["seed"],
        inside=tuple(tuple(point) for point in asked["inside"]),
        outside=tuple(tuple(point) for point in asked["outside"]),
    )
    box = _union(samples, request.point)
    return SampleSet(
        masks=np.stack([segment.within(box) for segment in samples]).astype(bool),
        box=box,
        shape=tuple(summary["grid"]["shape"]),
        affine=np.array(summary["grid"]["affine_lps"]),
        request=request,
        checkpoint=summary["checkpoint"],
        image=summary["image"],
        notes=tuple(summary["notes"]),
        seconds=summary["seconds"],
    )


def _union(segments: Sequence[Segment], point: tuple[int, int, int]) -> Box:
    """The smallest box with all the segments' voxels; the clicked voxel where they have none."""
    boxes = [box for segment in segments if (box := segment.bounds()) is not None]
    if not boxes:
        return Box(point, (point[0] + 1, point[1] + 1, point[2] + 1))
    start = np.min([box.start for box in boxes], axis=0)
    stop = np.max([box.stop for box in boxes], axis=0)
    return Box((int(start[0]), int(start[1]), int(start[2])), (int(stop[0]), int(stop[1]), int(stop[2])))


def _sentence(message: str) -> str:
    """The `detail` of an answer as the stock client words it, "Status: 422; Response: {...}"."""
    try:
        return str(json.loads(message.partition("Response: ")[2])["detail"])
    except (ValueError, KeyError, TypeError):
        return f"The server answered: {message}"
