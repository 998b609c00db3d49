"""Images of the studies, read anew: for long work, which must not fill the server's memory with what it read."""

from __future__ import annotations

from ssb.errors import NotFoundError
from ssb.volumes import Volume, open_volume
from ssb.volumes.dicom_index import ENDING, open_index
from ssb_app.final_labels import FinalLabels


def read_image(store: FinalLabels, image: str) -> Volume:
    """An image by its id; a NotFoundError where the studies have none, and what `ssb.volumes.read_volume` raises."""
    path = store.source(image)
    if not path.is_file():
        raise NotFoundError(f"There is no image '{image}' in the studies.")
    return open_index(path) if path.name.endswith(ENDING) else open_volume(path)
