"""A sample set of the server as DICOM objects."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest

from ssb.plausible import SampleSet
from tests.dicom_made import map_of, masks_of
from tests.ssb_app.conftest import CLICK, FEW, Server


def made_on(server: Server, image: str) -> str:
    status, answer = server.ask("/ssb/sample_sets", {"image": server.ids[image], "point": list(CLICK), **FEW})
    assert status == 200
    return str(answer["id"])


@pytest.mark.parametrize("image", ["dicom", "oblique dicom"])
def test_files_hold_the_set_exactly(server: Server, expected: dict[str, SampleSet], image: str) -> None:
    set_id, wanted = made_on(server, image), expected[image]
    objects = {}
    for kind in ("segmentation", "disagreement"):
        status, content = server.ask(f"/ssb/sample_sets/{set_id}/{kind}.dcm")
        assert status == 200
        objects[kind] = pydicom.dcmread(BytesIO(content))
        assert objects[kind].ReferencedSeriesSequence[0].SeriesInstanceUID == server.ids[image]
    found = masks_of(objects["segmentation"], wanted.affine, wanted.shape)
    np.testing.assert_array_equal(found["consensus"], wanted.on_grid(wanted.consensus))
    for n, mask in enumerate(wanted.masks, start=1):
        np.testing.assert_array_equal(found.get(f"sample {n}", np.zeros(wanted.shape, bool)), wanted.on_grid(mask))
    values = map_of(objects["disagreement"], wanted.affine, wanted.shape)
    np.testing.assert_array_equal(values, wanted.on_grid(wanted.disagreement))


def test_images_that_never_were_dicom_are_refused(server: Server) -> None:
    status, answer = server.ask(f"/ssb/sample_sets/{made_on(server, 'axial')}/segmentation.dcm")
    assert (status, answer["detail"]) == (422, "The image 'axial' never was DICOM: DICOM objects need the series that they refer to.")


def test_without_a_pacs_there_is_nothing_to_store_in(server: Server) -> None:
    status, answer = server.ask(f"/ssb/sample_sets/{made_on(server, 'dicom')}/dicom", method="POST")
    assert status == 404 and "there is no PACS to store in" in answer["detail"]
    assert server.ask("/ssb/sample_sets/none/dicom", method="POST")[0] == 404


def test_a_series_that_was_taken_away_is_told(server: Server, studies: Path) -> None:
    set_id, moved = made_on(server, "dicom"), studies.with_name("away")
    (studies / "dicom").rename(moved)
    try:
        status, answer = server.ask(f"/ssb/sample_sets/{set_id}/disagreement.dcm")
    finally:
        moved.rename(studies / "dicom")
    assert status == 404 and "does not exist" in answer["detail"]
