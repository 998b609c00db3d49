"""Images of the studies, read anew: for long work, which must not fill the server's memory with what it read."""

from __future__ import annotations

from pathlib import Path

from monailabel.interfaces.datastore import Datastore

from ssb.errors import NotFoundError
from ssb.volumes import Volume, read_volume


def read_image(store: Datastore, image: str) -> Volume:
    """An image by its id; a NotFoundError where the studies have none, and what `ssb.volumes.read_volume` raises."""
    uri = store.get_image_uri(image)
    if not uri or not Path(uri).exists():
        raise NotFoundError(f"There is no image '{image}' in the studies.")
    return read_volume(Path(uri))
