"""The two MONAI Label tasks: a click, and a point found without one."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any

from monailabel.interfaces.datastore import Datastore
from monailabel.interfaces.tasks.infer_v2 import InferTask, InferType

from ssb.errors import InputError
from ssb.plausible import Index
from ssb.volumes import Volume
from ssb_app.annotations import annotated_click, annotation_files
from ssb_app.answers import LABELS, write_answer
from ssb_app.options import option_table, read_options, read_wanted
from ssb_app.points import Points, read_points
from ssb_app.sampler import Sampler


class PlausibleTask(InferTask):
    """Masks of the lesion at a point, as one file and a JSON summary.

    A request's `image_path` is the image's file and `image_id` its id; points, options and the answer's form are described in
    `ssb_app.points` and `ssb_app.options`.
    """

    def __init__(self, kind: InferType, description: str, sampler: Sampler, **more_options: str) -> None:
        super().__init__(kind, LABELS, 3, description)
        self._sampler, self._more_options = sampler, more_options

    def config(self) -> dict[str, Any]:
        """The options with the defaults of the model in use."""
        model = self._sampler.model
        return {**self._more_options, **option_table(model.preset, model.groups)}

    def is_valid(self) -> bool:
        """Always: the app does not start without a checkpoint."""
        return True

    @abstractmethod
    def click_without_point(self, image_id: str, volume: Volume) -> Index:
        """The click where the request has no foreground point; an InputError that asks for one where there is none."""

    def __call__(self, request: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The answer's file, and its JSON: label_names, sample_set (its id), summary, notes. Raises InputError."""
        image_id, path = request["image_id"], Path(request["image_path"])
        serving = self._sampler.in_use.take()
        options = read_options(request, serving.model.preset, serving.model.groups)
        wanted = read_wanted(request, options.samples)
        volume = self._sampler.volume(path)
        points = read_points(request, volume)
        if not points.foreground:
            points = Points((self.click_without_point(image_id, volume),), points.outside)
        kept = self._sampler.sample(image_id, path, points, options, serving)
        self._sampler.last.note(request.get("client_id"), image_id, kept.id, kept.sample_set.checkpoint)
        file, label_names = write_answer(kept, wanted)
        notes = list(kept.sample_set.notes)
        return str(file), {"label_names": label_names, "sample_set": kept.id, "summary": kept.summary, "notes": notes}


class ClickTask(PlausibleTask):
    """`ssbpp`: the reader clicks on the lesion."""

    def __init__(self, sampler: Sampler) -> None:
        super().__init__(InferType.DEEPGROW, "Plausible masks of the lesion at the first foreground point", sampler)

    def click_without_point(self, image_id: str, volume: Volume) -> Index:
        """Never found: this task needs a click."""
        raise InputError("There is no point: place a foreground point on the lesion.")


class AutoTask(PlausibleTask):
    """`ssbpp_auto`: for viewers without a point; the click is a point of the request or the middle of an existing annotation."""

    def __init__(self, sampler: Sampler, store: Datastore) -> None:
        told = "Plausible masks of the lesion at a given point or in an existing annotation"
        super().__init__(InferType.SEGMENTATION, told, sampler, point="")
        self._store = store

    def click_without_point(self, image_id: str, volume: Volume) -> Index:
        """The middle of the largest lesion that any annotation of the image marks."""
        click = annotated_click(annotation_files(self._store, image_id), volume)
        if click is None:
            raise InputError(
                "There is no point, and this image has no annotation yet: give the option point as i,j,k, a voxel on the lesion."
            )
        return click
