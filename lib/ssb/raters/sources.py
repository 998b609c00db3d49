"""Where readings come from: a site's annotation store, or a folder of masks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from tqdm import tqdm

from ssb.annotations.annotation import Annotation
from ssb.annotations.listing import list_image
from ssb.annotations.store import AnnotationStore
from ssb.datasets.study import Skipped, Study
from ssb.errors import InputError, SSBError
from ssb.raters.facts import ImageFacts, facts_of
from ssb.raters.readings import Readings
from ssb.raters.report import RatersReport


class StoreReports:
    """Reports on the latest annotations of a store, which may grow between them: what did not change is not counted again."""

    def __init__(self, store: AnnotationStore) -> None:
        self._store = store
        self._known: dict[str, tuple[list[Annotation], ImageFacts]] = {}

    def report(self, *, show_progress: bool = False) -> RatersReport:
        """The report of now. show_progress: a bar on stderr. Images whose annotations cannot be read are in its `skipped`."""
        images: list[ImageFacts] = []
        handed, skipped = {}, []
        for image in tqdm(self._store.images(), desc="reading annotations", unit="image", disable=not show_progress):
            try:
                handed[image] = list_image(self._store, image)["raters"]
                images.append(self._facts(image))
            except SSBError as error:
                skipped.append(Skipped(image, str(error)))
        return RatersReport(tuple(images), handed, tuple(skipped))

    def _facts(self, image: str) -> ImageFacts:
        latest = latest_annotations(self._store, image)
        known = self._known.get(image)
        if known is None or known[0] != latest:
            known = latest, facts_of(latest_readings(self._store, image, latest))
            self._known[image] = known
        return known[1]


def latest_annotations(store: AnnotationStore, image: str) -> list[Annotation]:
    """The newest version of every rater who annotated the image, in the raters' order."""
    found = (store.latest(image, rater) for rater in store.raters(image))
    return [annotation for annotation in found if annotation is not None]


def latest_readings(store: AnnotationStore, image: str, latest: list[Annotation]) -> Readings:
    """The masks of one image; `latest` holds one annotation a rater.

    Raises InputError where they lie on different grids, as after the image was exchanged, and SSBError where one is damaged.
    """
    volumes = [store.read(annotation) for annotation in latest]
    first = volumes[0]
    for volume, annotation in zip(volumes, latest, strict=True):
        if volume.shape != first.shape or not np.allclose(volume.affine, first.affine, atol=1e-3):
            raise InputError(
                f"The annotations of raters {latest[0].rater} and {annotation.rater} on image '{image}' lie on different grids."
            )
    return Readings(image, first.affine, tuple(annotation.rater for annotation in latest), np.stack([volume.array for volume in volumes]))


def report_of_studies(
    studies: Iterable[Study], skipped: Callable[[], Iterable[Skipped]] = tuple, *, show_progress: bool = True
) -> RatersReport:
    """The report of studies that carry their raters' masks, such as a site's folder, which keeps no versions.

    skipped: gives what their reader left out; it is asked when the studies have ended.
    """
    bar = tqdm(studies, desc="reading masks", unit="image", disable=not show_progress)
    images = tuple(facts_of(Readings.of_study(study)) for study in bar)
    return RatersReport(images, {}, tuple(skipped()))
