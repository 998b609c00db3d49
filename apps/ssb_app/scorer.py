"""Scores of annotated images, made in the background while nobody asks for a sample set."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import threading
import time
from datetime import datetime, timezone

from ssb.checkpoint import Model
from ssb.errors import InputError, NotFoundError, SSBError
from ssb.next_image.kept import KeptScores, Score
from ssb.next_image.key import model_digest, score_key
from ssb.next_image.score import score_lesions
from ssb.raters.sources import latest_annotations, latest_readings
from ssb_app.final_labels import FinalLabels
from ssb_app.images import read_image
from ssb_app.sampler import Sampler
from ssb_app.scoring_progress import ScoringProgress

logger = logging.getLogger(__name__)

SCORES_FOLDER = ".scores"
"""Beside the images' folders of the annotation store, which pass over it."""
SETTLE_SECONDS = 5.0
"""From a submission to the scoring, so that a row of them is scored at once (our choice)."""
LOOK_SECONDS = 0.05
"""Between two looks whether the sampler is free again (our choice)."""
NICENESS = 10
_STOP_SECONDS = 5.0


class Stopped(Exception):  # noqa: N818 (no error: somebody asked for it)
    """The scoring was asked to stop."""


class Scorer:
    """Scores what is new: an image whose latest annotations, voxels or model are not those of its score.

    Requests go first: the scoring pauses within a slice's time for as long as the sampler has any, and its thread has a lower priority
    where the system knows such. What is scored is on the disk at once; an image that cannot be scored is named in `progress` and tried
    again once it changes, or, where it was not the image's fault, with the next scoring.
    """

    def __init__(self, sampler: Sampler, store: FinalLabels) -> None:
        self.kept = KeptScores(store.annotations.root / SCORES_FOLDER)
        self.progress = ScoringProgress()
        self._sampler = sampler
        self._store = store
        self._refused: dict[str, str] = {}
        self._digest: tuple[Model, str] | None = None
        self._one_pass = threading.Lock()
        self._stopping = threading.Event()
        self._changed = threading.Condition()
        self._due: float | None = None
        self._thread: threading.Thread | None = None

    def wake(self, delay: float = SETTLE_SECONDS) -> None:
        """Score in the background, `delay` seconds from now or earlier where that was asked already."""
        with self._changed:
            due = time.monotonic() + delay
            self._due = due if self._due is None else min(due, self._due)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="scoring", daemon=True)
                self._thread.start()
                atexit.register(self._end)
            self._changed.notify()

    def start(self) -> ScoringProgress:
        """Score in the background now; the progress of the scoring that runs, or will in a moment."""
        if not self.progress.running:
            self.progress = ScoringProgress.begun()
        self.wake(0.0)
        return self.progress

    def stop(self) -> None:
        """End the scoring that runs, if any, at its next slice; what it has scored stays."""
        with self._changed:
            self._due = None
            self._stopping.set()
        if not self._one_pass.locked() and self.progress.running:
            self.progress.end("STOPPED")

    def score_all(self) -> dict[str, float]:
        """Score what is new now, and return once that is done: the images' disagreement in [0, 1], old scores too."""
        with self._one_pass:
            self._stopping.clear()
            if not self.progress.running:
                self.progress = ScoringProgress.begun()
            progress = self.progress
            try:
                images = self._new(progress)
                for image in images:
                    self._try(image, progress)
                    progress.done += 1
                progress.end("DONE")
            except Stopped:
                progress.end("STOPPED")
            except Exception as error:
                progress.end("ERROR", str(error))
                raise
        found = {image: self.kept.get(image) for image in self._store.annotations.images()}
        return {image: score.disagreement for image, score in found.items() if score is not None}

    def _new(self, progress: ScoringProgress) -> list[str]:
        """The images to score, those without any score first."""
        served = set(self._store.list_images())
        found = []
        for image in self._store.annotations.images():
            if image not in served:
                continue
            try:
                score, key = self.kept.get(image), self._key(image)
            except Exception as error:
                _fail(image, error, progress)
                continue
            if self._refused.get(image) != key and (score is None or score.key != key):
                found.append((score is not None, image))
        progress.total = len(found)
        return [image for _, image in sorted(found)]

    def _try(self, image: str, progress: ScoringProgress) -> None:
        key = None
        try:
            key = self._key(image)
            self._score(image, key)
        except Stopped:
            raise
        except Exception as error:
            _fail(image, error, progress)
            if key is not None and isinstance(error, InputError) and not isinstance(error, NotFoundError):
                self._refused[image] = key

    def _score(self, image: str, key: str) -> None:
        model = self._sampler.model
        self._give_way()
        readings = latest_readings(self._store.annotations, image, latest_annotations(self._store.annotations, image))
        marked = readings.masks.any()
        lesions = score_lesions(read_image(self._store, image), readings.masks, model, self._give_way) if marked else ()
        self.kept.keep(Score(image, key, model.name, datetime.now(timezone.utc).isoformat(timespec="seconds"), lesions))

    def _key(self, image: str) -> str:
        model = self._sampler.model
        if self._digest is None or self._digest[0] is not model:
            self._digest = model, model_digest(model)
        return score_key(self._store.identity(image), latest_annotations(self._store.annotations, image), self._digest[1])

    def _give_way(self, share: float = 0.0) -> None:
        """Wait while the sampler has requests; raises Stopped where the scoring shall end."""
        while not self._stopping.is_set():
            if not self._sampler.busy:
                return
            self._stopping.wait(LOOK_SECONDS)
        raise Stopped

    def _run(self) -> None:
        with contextlib.suppress(AttributeError, OSError):  # systems where a thread has no priority of its own
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while True:
            with self._changed:
                while self._due is None or self._due > time.monotonic():
                    self._changed.wait(None if self._due is None else self._due - time.monotonic())
                self._due = None
            try:
                self.score_all()
            except Exception:  # such as a PACS that restarts: the next submission or request tries again
                logger.exception("The images were not scored")

    def _end(self) -> None:
        """Let no sampling be cut off when the program ends."""
        self.stop()
        if self._one_pass.acquire(timeout=_STOP_SECONDS):
            self._one_pass.release()


def _fail(image: str, error: Exception, progress: ScoringProgress) -> None:
    progress.failed[image] = str(error) if isinstance(error, SSBError) else f"{type(error).__name__}: {error}"
    logger.warning(f"The image {image} is not scored: {progress.failed[image]}")
