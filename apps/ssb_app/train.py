"""The trainer task `ssbpp`: the site's annotations retrain the model, from the buttons of stock clients."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from monailabel.interfaces.datastore import Datastore
from monailabel.interfaces.tasks.train import TrainTask
from monailabel.utils.async_tasks.task import AsyncTask

from ssb.annotations.store import AnnotationStore
from ssb.options import SEED
from ssb.retraining.plan import ALL, BATCH, EPOCHS, LEARNING_RATE, MINUTES, NOTHING, PARTS, VALIDATION, read_plan
from ssb.retraining.progress import CUTTING, DONE, INTERRUPTED, JUDGING, TRAINING, read_progress
from ssb.retraining.run import BY_USER, ask_to_stop
from ssb.retraining.site import RUN, Site, is_busy, retrain
from ssb_app.final_labels import FinalLabels
from ssb_app.images import read_image

if TYPE_CHECKING:
    from ssb.versions import Versions

STOP_SECONDS = 60.0
"""How long a run may take to end after a request to stop: a step, or an image that is being cut."""


def retraining_folder(store: AnnotationStore) -> Path:
    """Where a server keeps crops and the run: beside the annotations."""
    return store.root.with_name(f"{store.root.name}-retraining")


class SiteTrainTask(TrainTask):
    """Fine-tunes the published weights on all annotations and lets the gate judge the result.

    store: the studies, with `annotations`. pinned: the checkpoint that the server was started with, if any; else the run starts from the
    newest shipped one. The options are those of `ssb.retraining.plan`, and `multi_gpu`.
    """

    def __init__(self, store: FinalLabels, versions: Versions, device: str, pinned: Path | None = None) -> None:
        super().__init__("Learns from all annotations of this site, as its raters draw; used where it is not worse on held-out images")
        self._store, self._versions, self._device, self._pinned = store, versions, device, pinned
        self.folder = retraining_folder(store.annotations)

    def config(self) -> dict[str, Any]:
        """The options with their defaults; a list is a dropdown whose first item is the default."""
        annotations = self._store.annotations
        raters = sorted({rater for image in annotations.images() for rater in annotations.raters(image)})
        return {
            "raters": [ALL, *raters],
            "minutes": MINUTES.default,
            "epochs": EPOCHS.default,
            "learning_rate": LEARNING_RATE[2],
            "validation": VALIDATION[2],
            "freeze": [NOTHING, *PARTS],
            "batch": BATCH.default,
            "seed": SEED.default,
            "multi_gpu": True,
        }

    def stats(self) -> dict[str, Any]:
        """How far the run is, for clients' progress bars: epoch, total_epochs, best_metric (Dice), current_time or, at its end, total_time.

        And ours: state, message, share, loss, held_out_dice, held_out_ged, seconds_left. Empty where nothing was ever trained.
        """
        found = read_progress(self.folder / RUN)
        if found is None:
            return {}
        spent = str(timedelta(seconds=round(found.seconds)))
        return {
            "epoch": found.epoch,
            "total_epochs": max(1, found.epochs),
            "best_metric": found.best_dice or 0.0,
            "start_ts": int(found.started),
            "total_time" if found.state == DONE else "current_time": spent,
            "state": found.state,
            "message": found.message,
            "share": found.share,
            "loss": found.loss,
            "held_out_dice": found.dice,
            "held_out_ged": found.ged,
            "seconds_left": found.seconds_left,
        }

    def __call__(self, request: dict[str, Any], datastore: Datastore) -> dict[str, Any]:
        """Train in this process, which MONAI Label started for it; the stats at the end. Raises what `retrain` raises."""
        plan = read_plan(request)
        gpus = torch.cuda.device_count() if self._device == "cuda" and request.get("multi_gpu", True) else 1
        site = Site(self._store.annotations, partial(read_image, self._store), self.folder, self._versions, self._pinned)
        retrain(site, self._pinned or self._versions.newest_shipped().checkpoint, plan, self._device, max(1, gpus))
        return self.stats()

    def stop(self) -> bool:
        """Let a run end, as a user who presses stop wishes, with its state saved, and wait; whether there was one that ended in time."""
        if not is_busy(self.folder):
            return False
        ask_to_stop(self.folder / RUN, BY_USER)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if not is_busy(self.folder):
                return True
            time.sleep(0.1)
        return False

    def resume(self, model: str) -> None:
        """Start a run again, as `model`, that the end of its server or process interrupted."""
        found = read_progress(self.folder / RUN)
        at_work = found is not None and found.state in (CUTTING, TRAINING, JUDGING, INTERRUPTED)
        if found is not None and at_work and found.plan and not is_busy(self.folder):
            AsyncTask.run("train", request={"model": model, **found.plan})
