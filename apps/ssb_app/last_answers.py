"""What each client was answered with last: where its next annotation starts from, which stock clients do not say."""

from __future__ import annotations

import threading
from collections import OrderedDict

from ssb.annotations.annotation import Origin
from ssb_app.rater_names import PLACEHOLDERS

KEPT = 1000
"""Pairs of client and image that are remembered, the latest (our choice)."""


class LastAnswers:
    """The sample set and its checkpoint that a client was given last for an image, since the server started.

    Clients without an id, or with one that many share, are not remembered: it might be another's answer.
    """

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[str, str], Origin] = OrderedDict()
        self._state = threading.Lock()

    def note(self, client_id: object, image: str, sample_set: str, checkpoint: str) -> None:
        """Remember an answer."""
        if not isinstance(client_id, str) or not client_id.strip() or client_id in PLACEHOLDERS:
            return
        with self._state:
            self._found.pop((client_id, image), None)
            self._found[client_id, image] = Origin(sample_set=sample_set, checkpoint=checkpoint)
            if len(self._found) > KEPT:
                self._found.popitem(last=False)

    def of(self, client_id: object, image: str) -> Origin:
        """What the client started from on this image, as far as we know; the origin's client is open."""
        with self._state:
            return self._found.get((str(client_id), image), Origin())
