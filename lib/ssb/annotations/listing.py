"""The annotations of a site in JSON's own types."""

from __future__ import annotations

from typing import Any

from ssb.annotations.store import AnnotationStore


def list_image(store: AnnotationStore, image: str) -> dict[str, Any]:
    """{"raters": {rater: {"latest": version, "versions": [annotation, ...]}}}, oldest version first; absent raters are not named."""
    found = {}
    for rater in store.raters(image):
        versions = store.versions(image, rater)
        found[rater] = {"latest": versions[-1].version, "versions": [version.as_json() for version in versions]}
    return {"raters": found}


def list_all(store: AnnotationStore) -> dict[str, Any]:
    """{"images": {image: as `list_image`}} of all images that have an annotation."""
    return {"images": {image: list_image(store, image) for image in store.images()}}
