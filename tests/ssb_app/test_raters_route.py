"""The route of the inter-rater report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ssb.annotations.annotation import Origin
from ssb.annotations.store import AnnotationStore
from ssb.volumes import read_volume


def test_the_report_follows_the_store(server: Any, studies: Path) -> None:
    store = AnnotationStore(studies / ".ssb" / "annotations")
    volume = read_volume(studies / "axial.nii.gz")
    mask = volume.array > -400
    store.submit("axial", "report ann", mask, volume.affine, Origin())
    status, found = server.ask("/ssb/raters")
    assert status == 200
    assert found["images"]["axial"]["raters"]["report ann"]["latest"] == 1
    store.submit("axial", "report bob", np.zeros_like(mask), volume.affine, Origin())
    later = server.ask("/ssb/raters")[1]
    # Other tests submit to the same server: the lesion is one of those that they and this rater drew.
    said = [lesion["raters"] for lesion in later["images"]["axial"]["lesions"]]
    presence = [[raters[rater]["presence"] for rater in ("report ann", "report bob")] for raters in said]
    assert ["marked", "not marked"] in presence
    assert all(bob == "not marked" for _, bob in presence)
