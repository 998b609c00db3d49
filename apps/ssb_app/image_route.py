"""GET and HEAD /datastore/image from a worker thread: the file of a DICOM series is made on the first call, which takes a while."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI
from monailabel.endpoints import datastore as stock

from ssb_app.web import put_before, reader


def download_image(image: str) -> Any:
    """The image's file."""
    return stock.download_image(image)


def check_image(image: str, check_sum: str | None = None) -> Any:
    """Whether there is such an image, and, where `check_sum` is given, whether its file has it."""
    return stock.download_image(image, check_only=True, check_sum=check_sum)


def serve_images(app: FastAPI) -> None:
    """Put our routes before MONAI Label's own."""
    put_before(app, "/datastore/image", download_image, "GET", [Depends(reader)])
    put_before(app, "/datastore/image", check_image, "HEAD", [Depends(reader)])
