"""A datastore as the tasks see it."""

from __future__ import annotations

from typing import Any

from ssb_app.final_labels import FinalLabels


class AtSource:
    """A datastore whose images are read where they lie: MONAI Label asks for an image's file, which would convert a whole DICOM series."""

    def __init__(self, store: FinalLabels) -> None:
        self._store = store

    def get_image_uri(self, image_id: str) -> str:
        """See `FinalLabels.source`."""
        return str(self._store.source(image_id))

    def save_label(self, *facts: Any) -> str:
        """The datastore's own."""
        return self._store.save_label(*facts)
