"""The model that new requests take, and its switch to another while the server runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ssb.checkpoint import Model, load_model
from ssb.errors import CheckpointError, SSBError
from ssb.versions import Versions

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Serving:
    """A model with its file. A request takes one once and keeps it to its end, whatever is switched meanwhile."""

    model: Model
    checkpoint: Path


class ModelInUse:
    """Follows the choice of a model folder, also one that another process makes: one `stat` a request, a load where it changed.

    first: what is served at the start. versions: the folder to follow; None keeps the first for good.
    The switch is one assignment of a whole `Serving`; the old network is freed when the last request that took it ends.
    on_switch: called with what is served now, from the request that saw the switch first; the others wait for its end, so it must not
    take the model itself.
    """

    def __init__(self, first: Serving, versions: Versions | None = None) -> None:
        self.problem = ""
        self.on_switch: Callable[[Serving], object] = lambda serving: None
        self._versions = versions
        self._serving = first
        self._seen: object = self
        self._switching = threading.Lock()

    @property
    def pinned(self) -> bool:
        """Whether the first model is kept for good."""
        return self._versions is None

    def take(self) -> Serving:
        """What a new request is served with.

        A chosen checkpoint that is damaged or cannot be loaded changes nothing: the model in use goes on, `problem` and the log say
        why in one sentence, and it is tried again with the next choice.
        """
        if self._versions is not None and self._versions.identity() != self._seen:
            with self._switching:
                self._follow(self._versions)
        return self._serving

    def _follow(self, versions: Versions) -> None:
        # Asked before the choice is read, so that one that comes in between is seen as another; noted last, so that all requests wait.
        identity = versions.identity()
        if identity == self._seen:
            return
        try:
            found = versions.in_use()
            if found.problem:
                raise CheckpointError(found.problem)
            checkpoint = found.version.checkpoint
            if checkpoint != self._serving.checkpoint:
                self._serving = Serving(load_model(checkpoint, str(self._serving.model.device)), checkpoint)
                logger.info(f"The model in use is now {self._serving.model.name}.")
                self.on_switch(self._serving)
            self.problem = ""
        except (SSBError, OSError, RuntimeError) as error:  # RuntimeError: a GPU without enough memory
            self.problem = f"{error} The server goes on with {self._serving.model.name}."
            logger.error(self.problem)
        self._seen = identity
