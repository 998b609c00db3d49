"""Sample sets of the server's images: read, sampled once, kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from ssb.checkpoint import Model
from ssb.errors import NotFoundError
from ssb.interpretations import Interpretation, interpret
from ssb.lesion import sample_lesion
from ssb.options import Options
from ssb.outputs.summary import summary
from ssb.plausible import Request, SampleSet
from ssb.versions import Versions
from ssb.volumes import Volume, read_volume
from ssb_app.last_answers import LastAnswers
from ssb_app.model_in_use import ModelInUse, Serving
from ssb_app.points import Points
from ssb_app.sample_cache import SampleCache

SETS_BYTES = 256 * 2**20
VOLUMES_BYTES = 2**30


@dataclass(frozen=True)
class KeptSet:
    """A sample set with the id under which clients ask for it, and the id of its image."""

    id: str
    image_id: str
    sample_set: SampleSet

    @cached_property
    def interpretations(self) -> tuple[Interpretation, ...]:
        """The samples grouped by likeness."""
        return interpret(self.sample_set)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The set in numbers and words for JSON, under its ids."""
        return {"id": self.id, **summary(self.sample_set), "image": self.image_id}


@dataclass(frozen=True)
class Running:
    """The sample set that is being drawn: the id of its image, and the share that is done, 0 to 1."""

    image: str
    done: float


class Sampler:
    """Samples with the model in use, one request at a time, and keeps the latest volumes and sample sets in memory.

    model, checkpoint: what is served at the start; the checkpoint's file is part of what makes a request the same as an earlier one.
    versions: the model folder whose choice is followed while the server runs; None keeps the model for good.
    last: which sample set each client was answered with. running: what is being sampled now, None where nothing is.
    """

    def __init__(self, model: Model, checkpoint: Path, versions: Versions | None = None) -> None:
        self.in_use = ModelInUse(Serving(model, checkpoint), versions)
        self.last = LastAnswers()
        self.running: Running | None = None
        self.sets: SampleCache[KeptSet] = SampleCache(SETS_BYTES, lambda kept: kept.sample_set.masks.nbytes)
        self._volumes: SampleCache[Volume] = SampleCache(VOLUMES_BYTES, lambda volume: volume.array.nbytes)

    @property
    def model(self) -> Model:
        """The model that a request would be served with now."""
        return self.in_use.take().model

    @property
    def busy(self) -> bool:
        """Whether a request reads or samples now, or waits to: what runs in the background makes way."""
        return self.sets.busy or self._volumes.busy

    def volume(self, path: Path) -> Volume:
        """The image at `path`, read again only where the file changed."""
        return self._volumes.get_or_make(file_identity(path), lambda: read_volume(path))

    def sample(self, image_id: str, path: Path, points: Points, options: Options, serving: Serving | None = None) -> KeptSet:
        """The sample set of a click on the image at `path`: sampled now, or kept from the same request on the same file.

        serving: what the request took when it came, so that its options and its masks are of one model; None takes it now.
        """
        taken = serving or self.in_use.take()
        request = Request(point=points.foreground[0], inside=points.inside, outside=points.outside, **asdict(options))
        asked = [image_id, file_identity(path), file_identity(taken.checkpoint), asdict(request)]
        set_id = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]

        def make() -> KeptSet:
            volume = self.volume(path)
            self.running = Running(image_id, 0.0)
            try:
                return KeptSet(set_id, image_id, sample_lesion(volume, request, taken.model, partial(self._tell, image_id)))
            finally:
                self.running = None

        return self.sets.get_or_make(set_id, make)

    def _tell(self, image_id: str, done: float) -> None:
        self.running = Running(image_id, done)

    def kept(self, set_id: str) -> KeptSet:
        """The sample set of that id; a NotFoundError where it is not kept."""
        found = self.sets.get(set_id)
        if found is None:
            raise NotFoundError(
                f"There is no sample set '{set_id}': it was never made, or it was dropped to save memory, so ask for it again."
            )
        return found


def file_identity(path: Path) -> str:
    """A text that changes with the file's place, size or time of change; for a folder, with those of any file in it."""
    files = sorted(part for part in path.rglob("*") if part.is_file()) if path.is_dir() else [path]
    facts = [(str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(repr(facts).encode()).hexdigest()
