"""The MONAI Label app: it wires the tasks, the studies, the checkpoint and the routes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from fastapi import HTTPException
from monailabel.interfaces.app import MONAILabelApp
from monailabel.interfaces.datastore import Datastore
from monailabel.interfaces.tasks.infer_v2 import InferTask
from monailabel.interfaces.tasks.scoring import ScoringMethod
from monailabel.interfaces.tasks.strategy import Strategy
from monailabel.interfaces.tasks.train import TrainTask

from ssb.audit import AuditLog, Entry, audit_folder
from ssb.checkpoint import load_model
from ssb.device import resolve_device
from ssb.errors import NotFoundError
from ssb.next_image.order import fewest_raters, most_disagreement
from ssb.retraining.progress import read_progress
from ssb.retraining.site import RUN
from ssb.versions import Versions
from ssb.volumes import Volume
from ssb.volumes.dicom_source import SourceSeries
from ssb_app import routes
from ssb_app.audit import record
from ssb_app.folders import COPIES_FOLDER
from ssb_app.infer import AutoTask, ClickTask
from ssb_app.model_in_use import Serving
from ssb_app.next_image import DisagreementScoring, NextImage, Offers
from ssb_app.next_image_routes import METHOD
from ssb_app.pacs import PacsStudies
from ssb_app.pacs_client import Pacs
from ssb_app.pacs_exports import Exports
from ssb_app.readiness import readiness_of
from ssb_app.sampler import Sampler
from ssb_app.scorer import Scorer
from ssb_app.source import AtSource
from ssb_app.studies import open_any
from ssb_app.submissions import Submissions
from ssb_app.train import SiteTrainTask, retraining_folder


class SSBApp(MONAILabelApp):
    """Tasks `ssbpp` (a click) and `ssbpp_auto` (a point of the request or of an annotation), and the routes under /ssb.

    conf: `models`, the model folder (default: the repository's), whose version in use is served and followed; `checkpoint`, a path, is
    served for good instead; `device`, "cpu", "cuda" or "cuda:N" (default: cuda where there is one); `annotations`, the folder that
    keeps every annotation (default: that of `open_studies` or `open_pacs`); and `audit_days`, how long the audit log is kept (default:
    for ever). versions: the model folder's. audit: the log, beside the annotations. readiness: whether the server can work.
    A checkpoint or studies that cannot be used raise an SSBError.
    """

    def __init__(self, app_dir: str, studies: str, conf: Mapping[str, str]) -> None:
        self.versions = Versions(Path(conf["models"])) if "models" in conf else Versions()
        pinned = "checkpoint" in conf
        checkpoint = Path(conf["checkpoint"]) if pinned else self.versions.current()
        model = load_model(checkpoint, resolve_device(conf.get("device")))
        self.sampler = Sampler(model, checkpoint, None if pinned else self.versions)
        super().__init__(
            app_dir=app_dir,
            studies=studies,
            conf=dict(conf),
            name="SSB Label",
            description="Plausible masks of one lesion, and where they disagree. Not for clinical use.",
            version=self.sampler.model.name,
        )
        store = self.datastore()
        self.sampler.copies = Path(store._datastore.image_path()).parent / COPIES_FOLDER
        self.audit = AuditLog(audit_folder(store.annotations.root), int(conf["audit_days"]) if "audit_days" in conf else None)
        self.submissions = Submissions(store.annotations, self.volume, self._submitted)
        self.sampler.in_use.on_switch = self._switched
        self.pacs: Pacs | None = None
        self.exports: Exports | None = None
        if isinstance(store, PacsStudies):
            self.pacs = store.pacs
            self.exports = Exports(store.pacs, self.submissions, self.audit)
        self.readiness = readiness_of(self)
        if (server := sys.modules.get("monailabel.app")) is not None:
            routes.mount(server.app)

    def init_datastore(self) -> Datastore:
        """See `open_any`."""
        return open_any(self.studies, Path(self.conf["annotations"]) if "annotations" in self.conf else None)

    def init_infers(self) -> dict[str, InferTask]:
        """The two tasks, which share the sampler and so their sample sets."""
        return {"ssbpp": ClickTask(self.sampler), "ssbpp_auto": AutoTask(self.sampler, self.datastore())}

    def info(self) -> dict[str, Any]:
        """MONAI Label's own, with the name of the checkpoint in use, also as its `version`."""
        self.version = self.sampler.model.name
        return {**super().info(), "checkpoint": self.version}

    @cached_property
    def scorer(self) -> Scorer:
        """What scores the annotated images in the background."""
        return Scorer(self.sampler, self.datastore())

    def init_strategies(self) -> dict[str, Strategy]:
        """What may be annotated next; MONAI Label's own `random` goes by images that nobody has annotated."""
        offers = Offers()
        return {
            "most_disagreement": NextImage("The image whose samples disagree most", most_disagreement, self.scorer, offers),
            "fewest_raters": NextImage("The image that the fewest raters have annotated", fewest_raters, self.scorer, offers),
            **super().init_strategies(),
        }

    def init_scoring_methods(self) -> dict[str, ScoringMethod]:
        """The scores that `most_disagreement` goes by."""
        return {METHOD: DisagreementScoring(self.scorer)}

    def async_scoring(self, method: str | None, params: dict[str, Any] | None = None) -> Any:
        """MONAI Label's own would start a process for each request; in the server ours wakes the one thread that scores what is new."""
        if not self._server_mode:
            return super().async_scoring(method, params)
        self.scorer.wake()
        return {METHOD: self.scorer.progress.as_task(METHOD)}

    def _submitted(self, image: str) -> None:
        """What follows a submission."""
        self.datastore().show_submitted(image)
        self._score_what_is_new()

    def _switched(self, serving: Serving) -> None:
        """What follows a switch of the model, whoever chose it: a person, another server of the folder, or the gate."""
        record(self.audit, Entry("server", "model.switch", "done", detail={"model": serving.model.name}), durable=True)
        self._score_what_is_new()

    def _score_what_is_new(self) -> None:
        if self._auto_update_scoring and self._server_mode:
            self.scorer.wake()

    def image_path(self, image: str) -> Path:
        """From what an image of the studies is read, by its id, see `FinalLabels.source`; a NotFoundError where there is none."""
        path = None if not image or Path(image).is_absolute() else self.datastore().source(image)
        if path is None or not path.is_file():
            raise NotFoundError(f"There is no image '{image}' in the studies.")
        return path

    def volume(self, image: str) -> Volume:
        """An image of the studies by its id; raises what `image_path` and `ssb.volumes.read_volume` raise."""
        return self.sampler.volume(self.image_path(image))

    def source_series(self, image: str) -> SourceSeries:
        """The DICOM series that an image of the studies came from; an InputError where it never was DICOM."""
        self.image_path(image)  # fetches it where it comes from a PACS
        return SourceSeries.read(self.datastore().dicom_folder(image), image)

    def training_state(self) -> str:
        """What the training that ran last does or how it ended, a word of `ssb.retraining.progress`; "" where none ever ran."""
        found = read_progress(retraining_folder(self.submissions.store) / RUN)
        return "" if found is None else found.state

    def init_trainers(self) -> dict[str, TrainTask]:
        """The one that learns from the site's annotations."""
        pinned = Path(self.conf["checkpoint"]) if "checkpoint" in self.conf else None
        return {"ssbpp": SiteTrainTask(self.datastore(), self.versions, str(self.sampler.model.device), pinned)}

    def on_init_complete(self) -> None:
        """What only the server does, not the processes that it starts for its tasks: watch the PACS, go on with an interrupted training."""
        super().on_init_complete()
        record(self.audit, Entry("server", "server.start", "done", detail={"model": self.sampler.model.name}), durable=True)
        if self.exports is not None:
            self.exports.watch()
        for name, task in self._trainers.items():
            if isinstance(task, SiteTrainTask):
                task.resume(name)

    def infer(self, request: dict[str, Any], datastore: Datastore | None = None) -> dict[str, Any]:
        """MONAI Label's own, for a task that is told the image's id and file; the image of an upload is its absolute path.

        MONAI Label takes an id for a path wherever such a path exists in the folder the server was started from.
        """
        model, image = request.get("model"), request["image"]
        if model not in self._infers:
            raise NotFoundError(f"There is no model '{model}': choose one of {', '.join(self._infers)}.")
        path = Path(image) if Path(image).is_absolute() else self.image_path(image)
        return super().infer({**request, "image_id": Path(image).name, "image_path": str(path)}, AtSource(datastore or self.datastore()))

    def stop(self) -> None:
        """Begin nothing new that takes long, and drop what does: the server is about to stop."""
        self.sampler.stopping.begin()
        self.scorer.stop()

    def infer_wsi(self, request: dict[str, Any], datastore: Datastore | None = None) -> dict[str, Any]:
        """Refused with a sentence: microscope slides are not this app's images."""
        raise HTTPException(422, "The models of this app take CT volumes, not whole-slide images: use /infer/ssbpp.")
