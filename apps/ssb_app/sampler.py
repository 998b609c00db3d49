"""Sample sets of the server's images: read, sampled once, kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ssb.checkpoint import Model
from ssb.errors import NotFoundError
from ssb.identity import file_identity
from ssb.interpretations import Interpretation, interpret
from ssb.lesion import sample_lesion
from ssb.memory import memory_watched
from ssb.options import Options
from ssb.outputs.summary import summary
from ssb.plausible import Index, Request, SampleSet
from ssb.versions import Versions
from ssb.volumes import Volume
from ssb.volumes.dicom_index import ENDING, open_index
from ssb.volumes.read import open_volume
from ssb_app.asker import Asker, asking
from ssb_app.audit import note
from ssb_app.last_answers import LastAnswers
from ssb_app.metrics import SAMPLES
from ssb_app.model_in_use import ModelInUse, Serving
from ssb_app.points import Points
from ssb_app.progress import Progress
from ssb_app.runs import Run, Runs, Ticket
from ssb_app.sample_cache import SampleCache
from ssb_app.stopping import Stopping

SETS_BYTES = 256 * 2**20
VOLUMES_BYTES = 2**30
"""Of images that are in memory: compressed ones that are small, and what is kept of the planes of DICOM series."""


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


class Sampler:
    """Samples with the model in use, one request at a time in the order of `ssb_app.runs`, and keeps the latest volumes and sample sets.

    model, checkpoint: what is served at the start; the checkpoint's file is part of what makes a request the same as an earlier one.
    versions: the model folder whose choice is followed while the server runs; None keeps the model for good.
    last: which sample set each client was answered with. progress: how far the requests are that asked to be told. stopping: whether
    the server was asked to stop, which ends a sampling with a StoppingError. copies: the folder for uncompressed copies of large
    compressed images, see `ssb.volumes.unpacked`; None for none.
    """

    def __init__(self, model: Model, checkpoint: Path, versions: Versions | None = None) -> None:
        self.in_use = ModelInUse(Serving(model, checkpoint), versions)
        self.last = LastAnswers()
        self.progress = Progress()
        self.stopping = Stopping()
        self.copies: Path | None = None
        self.sets: SampleCache[KeptSet] = SampleCache(SETS_BYTES, lambda kept: kept.sample_set.masks.nbytes)
        self.runs: Runs[KeptSet, SampleSet] = Runs(self.sets)
        self._volumes: SampleCache[Volume] = SampleCache(VOLUMES_BYTES, lambda volume: volume.held_bytes)

    @property
    def model(self) -> Model:
        """The model that a request would be served with now."""
        return self.in_use.take().model

    @property
    def busy(self) -> bool:
        """Whether a request reads or samples now, or waits to: what runs in the background makes way."""
        return self.runs.busy or self._volumes.busy

    def volume(self, path: Path) -> Volume:
        """The image at `path`, or of the series that it is the index of, opened again only where the file changed.

        Raises what opening it raises, and MemoryShortError.
        """

        def make() -> Volume:
            return open_index(path) if path.name.endswith(ENDING) else open_volume(path, copies=self.copies)

        with memory_watched("The voxels of the image", self.forget):
            return self._volumes.get_or_make(file_identity(path), make)

    def forget(self) -> None:
        """Give back the memory of what is kept, all of which can be made again."""
        self.sets.clear()
        self._volumes.clear()

    def ask(
        self, image_id: str, path: Path, points: Points, options: Options, serving: Serving | None = None, client: str = ""
    ) -> Ticket[KeptSet, SampleSet]:
        """A claim on the sample set of a click on the image at `path`; whoever takes it waits for it or leaves it.

        serving: what the request took when it came, so that its options and its masks are of one model; None takes it now. client: by
        whom turns are shared. Early results are the samples so far. Raises BusyError; the run raises what `sample_lesion` raises,
        MemoryShortError, and StoppingError.
        """
        taken = serving or self.in_use.take()
        request = Request(point=points.foreground[0], inside=points.inside, outside=points.outside, **asdict(options))
        asked = [image_id, file_identity(path), file_identity(taken.checkpoint), asdict(request)]
        set_id = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]

        def make(run: Run[KeptSet, SampleSet]) -> KeptSet:
            self.stopping.check()
            with memory_watched(f"The {request.samples} samples", self.forget):
                found = sample_lesion(self.volume(path), request, taken.model, self.stopping.checked(run.note), None, run.note_early)
            SAMPLES.inc(len(found.masks))
            return KeptSet(set_id, image_id, found)

        return self.runs.ask(set_id, client, make)

    def sample(self, image_id: str, path: Path, points: Points, options: Options, serving: Serving | None = None) -> KeptSet:
        """The same set, waited for by whoever `ssb_app.asker.asking` says; raises what sampling raises, BusyError and GoneError."""
        asker = asking.get() or Asker()
        return self.ask(image_id, path, points, options, serving, asker.client).wait(asker)

    def kept(self, set_id: str) -> KeptSet:
        """The sample set of that id; a NotFoundError where it is not kept."""
        found = self.sets.get(set_id)
        if found is None:
            raise NotFoundError(
                f"There is no sample set '{set_id}': it was never made, or it was dropped to save memory, so ask for it again."
            )
        note(image=found.image_id)
        return found

    def click_of(self, set_id: str | None, image_id: str) -> Index | None:
        """The click of a sample set of this image; None where there is none of that id, or it was dropped to save memory."""
        found = None if set_id is None else self.sets.get(set_id)
        return found.sample_set.request.point if found is not None and found.image_id == image_id else None
