"""3D Slicer's stock MONAI Label module, its own code on slicer-core against a running server: three raters, twice each.

The module comes with the monailabel package. `desktop.py` says what is stood in for.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ssb.annotations.store import AnnotationStore
from ssb.volumes import write_nifti
from ssb_app.server_process import running_server
from tests.slicer.slicer_python import CLICK, PYTHON, affine_of, ball, needs_slicer

MODULE = Path(sys.prefix) / "monailabel" / "plugins" / "slicer" / "MONAILabel"
SCRIPT = Path(__file__).with_name("annotate_in_slicer.py")
EMPTY = ["possible", "majority", "unanimous", "interpretation", "sample"]
"""Segments that the module makes for the tasks' labels, besides "consensus", which holds the answer."""

pytestmark = [
    needs_slicer,
    pytest.mark.skipif(not MODULE.is_dir(), reason=f"the monailabel package brings no module for 3D Slicer: {MODULE}"),
]


def told(client: str, extension: str, show: str = "consensus", keep: Any = None, drawn: Any = (), **more: Any) -> dict[str, Any]:
    return {"client": client, "extension": extension, "show": show, "keep": keep, "drawn": list(drawn), "click": CLICK, **more}


SUBMITTED = [
    # A new segment of the rater's own, beside those that the module makes, in place of the model's.
    told("anna", ".nii.gz", drawn=[["nodule", [17, 26, 20, 28, 4, 8]]], keep=EMPTY),
    # The layered file of all samples, with the rater's own segment over them: cropped by Slicer, overlap kept.
    told("Bert", ".seg.nrrd", "all samples", drawn=[["nodule", [15, 22, 21, 27, 5, 9]]]),
    # No name typed in the settings; the consensus, corrected with the brush.
    told("user-xyz", ".nrrd", drawn=[["consensus", [25, 30, 24, 30, 5, 7]]]),
    told("anna", ".nii.gz", drawn=[["consensus", [10, 14, 20, 22, 3, 5]]]),
    # One sample of the layered file alone.
    told("Bert", ".seg.nrrd", "all samples", keep=["sample 2"], drawn=[["sample 2", [21, 26, 30, 33, 6, 8]]]),
    # Looked, and saw no lesion.
    told("user-xyz", ".nii.gz", keep=EMPTY),
]
REFUSED = [
    told("carla", ".seg.nrrd", "all samples", submit_as=".nii.gz"),
    told("carla", ".nii.gz", drawn=[["sample", [18, 24, 22, 30, 5, 9]]]),
    told("carla", ".nii.gz", "levels", model="ssbpp_auto"),
]


@dataclass(frozen=True)
class Visits:
    """What became of SUBMITTED and REFUSED: facts, and by visit the masks that the rater saw, and `final` afterwards."""

    facts: list[dict[str, Any]]
    masks: list[dict[str, np.ndarray]]
    finals: list[np.ndarray]
    store: AnnotationStore


@pytest.fixture(scope="module", params=["axial", "oblique"])
def visits(request: pytest.FixtureRequest, checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visits]:
    folder, out = tmp_path_factory.mktemp("studies"), tmp_path_factory.mktemp("slicer")
    write_nifti(folder / "ct.nii.gz", ball(), affine_of(request.param))
    every = [{**one, "image": "ct", "file": str(folder / "ct.nii.gz")} for one in SUBMITTED + REFUSED]
    with running_server(folder, out / "server.log", checkpoint) as address:
        command = [str(PYTHON), str(SCRIPT), str(MODULE), address, str(out)]
        done = subprocess.run(command, input=json.dumps(every), capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    with np.load(out / "masks.npz", allow_pickle=False) as saved, np.load(out / "final.npz", allow_pickle=False) as finals:
        masks: list[dict[str, np.ndarray]] = [{} for _ in every]
        for key in saved.files:
            number, name = key.split(" ", 1)
            masks[int(number)][name] = saved[key]
        shown = [finals[str(number)] for number in range(len(every))]
    yield Visits(json.loads((out / "visits.json").read_text()), masks, shown, AnnotationStore(folder / ".ssb" / "annotations"))


def wanted(number: int, visits: Visits) -> np.ndarray:
    """The mask of the segment that the rater means: the one of the rater's own, else the only one with voxels."""
    masks = visits.masks[number]
    filled = [mask for mask in masks.values() if mask.any()]
    return masks["nodule"] if "nodule" in masks else filled[0] if filled else np.zeros(ball().shape, bool)


def test_each_submission_is_said_to_be_saved(visits: Visits) -> None:
    for facts in visits.facts[: len(SUBMITTED)]:
        assert facts["shown"] == ["Label-Mask saved into MONAI Label Server"]


def test_six_versions_are_kept_voxel_for_voxel_and_final_shows_the_newest(visits: Visits) -> None:
    store = visits.store
    assert {rater: len(store.versions("ct", rater)) for rater in store.raters("ct")} == {"anna": 2, "Bert": 2, "unknown": 2}
    for number, visit in enumerate(SUBMITTED):
        rater = "unknown" if visit["client"] == "user-xyz" else visit["client"]
        version = store.versions("ct", rater)[number // 3]
        mask = wanted(number, visits)
        assert mask.any() == (number < 5)
        np.testing.assert_array_equal(store.read(version).array, mask)
        np.testing.assert_array_equal(visits.finals[number] > 0, mask)
        assert version.origin.client == "3D Slicer"
        assert version.origin.checkpoint == (None if rater == "unknown" else "tiny-1")


def test_overlapping_masks_in_one_labelmap_are_refused_with_the_reason_in_slicers_dialog(visits: Visits) -> None:
    bands = sum(visits.masks[8][name].any() for name in ("possible", "majority", "unanimous"))
    reasons = [
        "plausible masks of the model",
        "made of 2 segments, 2 of them plausible masks",
        f"made of {bands} segments, {bands} of them plausible masks",
    ]
    for number, reason in enumerate(reasons, start=len(SUBMITTED)):
        (said,) = visits.facts[number]["shown"]
        assert said.startswith("Failed to save Label to MONAI Label Server.")
        assert reason in said
        np.testing.assert_array_equal(visits.finals[number] > 0, wanted(5, visits))


def test_the_levels_are_three_segments_and_each_voxel_is_in_one(visits: Visits) -> None:
    """In any, in more than half and in all of the samples of the layered file, which is asked for with the same numbers."""
    masks, layers = visits.masks[8], visits.masks[1]
    samples = np.stack([layers[f"sample {number}"] for number in range(1, 5)])
    possible, majority, unanimous = samples.any(axis=0), layers["consensus"], samples.all(axis=0)
    np.testing.assert_array_equal(masks["possible"], possible & ~majority)
    np.testing.assert_array_equal(masks["majority"], majority & ~unanimous)
    np.testing.assert_array_equal(masks["unanimous"], unanimous)
    assert masks["possible"].any() and masks["majority"].any()
    assert not masks["consensus"].any()


def test_a_click_fills_the_chosen_segment_with_the_consensus(visits: Visits) -> None:
    """The consensus of the layered file, which is asked for with the same numbers, and the strokes."""
    drawn = np.zeros(ball().shape, bool)
    drawn[25:30, 24:30, 5:7] = True
    np.testing.assert_array_equal(visits.masks[2]["consensus"], visits.masks[1]["consensus"] | drawn)


def test_the_layered_file_kept_its_overlap_in_slicer(visits: Visits) -> None:
    masks = visits.masks[1]
    assert {"consensus", "sample 1", "sample 4", "nodule"} <= set(masks)
    assert (masks["nodule"] & masks["consensus"]).any()
