"""Which of the server's images a volume of the scene is."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import slicer

from ssb_review.nodes import volume_from
from ssb_review.server import IMAGE_ENDINGS, Server

IMAGE = "SSBReview.Image"
"""Attribute of nodes of ours: the id of their image."""


def image_of(volume: Any, known: Collection[str]) -> str | None:
    """The id of the volume's image, one of `known`; None where that cannot be told, so that the reader has to pick it.

    Told by, in this order: our own mark, what the MONAI Label module notes about the volumes that it loads, the volume's name, and the
    name of its file. The MONAI Label module gives volumes names that may be the patient's, so its notes come before names.
    """
    notes = getattr(getattr(slicer.modules, "MONAILabelWidget", None), "samples", {})
    noted = [image for image, sample in notes.items() if sample.get("VolumeNodeName") == volume.GetName()]
    storage = volume.GetStorageNode()
    names = [volume.GetName() or "", Path((storage.GetFileName() if storage else None) or "").name]
    for guess in (volume.GetAttribute(IMAGE), *noted, *names, *map(_without_ending, names)):
        if guess in known:
            return str(guess)
    return None


def load_image(server: Server, image: str, content: tuple[str, bytes] | None = None) -> Any:
    """The image as a scalar volume of the scene; content: what `server.image_file` gave, where it was asked already."""
    ending, data = content or server.image_file(image)
    volume = volume_from(data, ending, image)
    volume.SetAttribute(IMAGE, image)
    return volume


def _without_ending(name: str) -> str:
    return next((name[: -len(ending)] for ending in IMAGE_ENDINGS if name.lower().endswith(ending)), name)
