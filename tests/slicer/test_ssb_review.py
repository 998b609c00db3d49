"""Our module for 3D Slicer, its logic on slicer-core against a running server: what it shows is what the server says, where it says.

Pictures of the slice view are kept in out/tests.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from ssb.annotations.store import AnnotationStore
from ssb.outputs.seg_nrrd_reader import read_seg_nrrd
from ssb.volumes import read_volume, write_nifti
from ssb_app.server_process import running_server
from tests.browser import PICTURES
from tests.slicer.slicer_python import CLICK, PYTHON, affine_of, ball, needs_slicer

MODULE = Path(__file__).resolve().parents[2] / "plugins" / "slicer" / "SSBReview"
SCRIPT = Path(__file__).with_name("review_in_slicer.py")
DRAWN = [24, 30, 20, 24, 5, 8]
RAS = np.array([-1, -1, 1])

pytestmark = needs_slicer


@dataclass(frozen=True)
class Visit:
    """What the module found (facts, arrays), the server's own files of the same sample set, and the annotations afterwards."""

    facts: dict[str, Any]
    arrays: dict[str, np.ndarray]
    masks: dict[str, np.ndarray]
    disagreement: np.ndarray
    store: AnnotationStore
    affine: np.ndarray
    pictures: Path


@pytest.fixture(scope="module", params=["axial", "oblique"])
def visit(request: pytest.FixtureRequest, checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    affine, folder, out = affine_of(request.param), tmp_path_factory.mktemp("studies"), tmp_path_factory.mktemp("slicer")
    told = {"image": "ct", "file": str(folder / "ct.nii.gz"), "click": CLICK, "drawn": DRAWN}
    told |= {name: str(out / f"{name}.nii.gz") for name in ("moved", "smaller", "flipped")}
    moved, turned = affine.copy(), affine @ np.diag([1.0, 1.0, -1.0, 1.0])
    moved[:3, 3] += 1.5
    turned[:3, 3] = affine[:3] @ [0, 0, ball().shape[2] - 1, 1]
    write_nifti(folder / "ct.nii.gz", ball(), affine)
    write_nifti(out / "moved.nii.gz", ball(), moved)
    write_nifti(out / "smaller.nii.gz", ball()[:, :, 1:], affine)
    write_nifti(out / "flipped.nii.gz", ball()[:, :, ::-1], turned)
    with running_server(folder, out / "server.log", checkpoint) as address:
        command = [str(PYTHON), str(SCRIPT), str(MODULE), address, str(out)]
        done = subprocess.run(command, input=json.dumps(told), capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
        facts = json.loads((out / "facts.json").read_text())
        for ending in ("samples.seg.nrrd", "disagreement"):
            with urllib.request.urlopen(f"{address}/ssb/sample_sets/{facts['summary']['id']}/{ending}", timeout=60) as answer:
                (out / ending.replace("disagreement", "disagreement.nii.gz")).write_bytes(answer.read())
    with np.load(out / "arrays.npz", allow_pickle=False) as saved:
        arrays = dict(saved)
    shape = ball().shape
    masks = {found.name: found.on_grid(shape) for found in read_seg_nrrd(out / "samples.seg.nrrd", affine, shape)}
    PICTURES.mkdir(parents=True, exist_ok=True)
    for picture in out.glob("*.png"):
        shutil.copy(picture, PICTURES / f"slicer_{request.param}_{picture.name}")
    bits = read_volume(out / "disagreement.nii.gz").array
    yield Visit(facts, arrays, masks, bits, AnnotationStore(folder / ".ssb" / "annotations"), affine, out)


def test_the_volume_is_found_among_the_servers_images(visit: Visit) -> None:
    facts = visit.facts
    assert facts["images"] == ["ct"]
    assert [facts[f"by {how}"] for how in ("name", "MONAI Label", "mark", "nothing")] == ["ct", "ct", "ct", None]
    np.testing.assert_array_equal(visit.arrays["loaded"].transpose(2, 1, 0), ball())


def test_the_click_arrives_and_the_windows_live_meanwhile(visit: Visit) -> None:
    assert visit.facts["summary"]["request"]["point"] == CLICK
    assert visit.facts["pulses"] >= 1


def test_interpretations_are_listed_with_the_summarys_numbers(visit: Visit) -> None:
    found = visit.facts["summary"]["interpretations"]
    assert [row[0] for row in visit.facts["rows"]] == [one["name"] for one in found]
    for (_, share, volume, diameter), one in zip(visit.facts["rows"], found, strict=True):
        assert share == f"{100 * one['share']:.0f}%"
        assert volume == f"{one['volume_ml']:.2f} mL"
        assert diameter == f"{one['diameter_mm']:.1f} mm"
        mask = visit.masks[f"{one['name']} ({100 * one['share']:.0f} %)"]
        assert one["volume_ml"] == pytest.approx(mask.sum() * 0.7 * 0.8 * 2.5 / 1000, rel=1e-3)
    median = visit.facts["summary"]["measurements"]["volume_ml"]["median"]
    assert visit.facts["measured"].startswith(f"Volume {median:.2f} mL")


def test_every_mask_is_voxel_for_voxel_the_servers_and_two_samples_differ(visit: Visit) -> None:
    facts = visit.facts
    names = [facts["consensus"], *facts["interpretations"], *facts["samples"]]
    assert names == list(visit.masks)
    assert facts["samples"] == [f"sample {n}" for n in range(1, 9)]
    for name in names:
        np.testing.assert_array_equal(visit.arrays[name], visit.masks[name])
    first, second = (visit.arrays[name] for name in facts["two"])
    assert first.any() and second.any() and (first != second).any()


def test_samples_lie_in_ras_where_the_server_says_in_lps(visit: Visit) -> None:
    for name, middle in visit.facts["middles"].items():
        voxel = np.argwhere(visit.masks[name]).mean(axis=0)
        np.testing.assert_allclose(middle, RAS * (visit.affine @ [*voxel, 1])[:3], atol=1e-3)


def test_the_slider_shows_one_sample_beside_the_outline_of_the_consensus(visit: Visit) -> None:
    for name, (seen, filled) in visit.facts["shown"].items():
        assert seen == list(dict.fromkeys(["consensus", name])) and filled == ([] if name == "consensus" else [name])
    for number, words in enumerate(visit.facts["described"], start=1):
        volume = visit.masks[f"sample {number}"].sum() * 0.7 * 0.8 * 2.5 / 1000
        (group,) = (one["name"] for one in visit.facts["summary"]["interpretations"] if number in one["members"])
        assert words == f"sample {number} of 8: {group}, {volume:.2f} mL"


def test_the_disagreement_is_the_routes_in_values_place_and_threshold(visit: Visit) -> None:
    np.testing.assert_array_equal(visit.arrays["heat"], visit.disagreement)
    np.testing.assert_allclose(visit.arrays["heat to RAS"], np.diag([*RAS, 1]) @ visit.affine, atol=1e-4)
    assert visit.arrays["heat"].max() > 0.5
    assert visit.facts["heat"] == [0.5, 1]


def test_submitting_keeps_the_edited_voxels_as_that_raters_annotation(visit: Visit) -> None:
    started = visit.masks[visit.facts["two"][1]]
    edited = started.copy()
    edited[DRAWN[0] : DRAWN[1], DRAWN[2] : DRAWN[3], DRAWN[4] : DRAWN[5]] = True
    assert (edited != started).any()
    (kept,) = visit.store.versions("ct", "Anna")
    np.testing.assert_array_equal(visit.store.read(kept).array, edited)
    np.testing.assert_array_equal(visit.arrays["mine"], edited)
    assert kept.as_json() == visit.facts["record"]
    origin, summary = kept.origin, visit.facts["summary"]
    assert (origin.client, origin.sample_set, origin.checkpoint) == ("3D Slicer, SSB Review", summary["id"], summary["checkpoint"])
    assert visit.facts["kept"] == f"Kept as version 1 of Anna on ct: {edited.sum()} voxels."


def test_an_empty_mask_is_an_annotation_too(visit: Visit) -> None:
    (kept,) = visit.store.versions("ct", "Bert")
    assert kept.voxels == visit.facts["empty"]["voxels"] == 0


def test_what_is_refused_says_why_and_leaves_mask_and_scene_alone(visit: Visit) -> None:
    refused = visit.facts["refused"]
    reasons = {
        "long name": "is too long",
        "no name": "Your name is missing",
        "no server": "The server http://127.0.0.1:9 does not answer: ",
        "no address": "The server's address is 'localhost:8000', but it must start with http:// or https://.",
        "not mine": "was not started here",
        "outside": "outside",
        "moved": "'moved' is not the image that the server answered about: it has 40 x 44 x 12 voxels of 0.7 x 0.8 x 2.5 mm, and they lie",
        "smaller": "it has 40 x 44 x 11 voxels of 0.7 x 0.8 x 2.5 mm, and the image has 40 x 44 x 12 voxels",
    }
    assert set(refused) == set(reasons)
    for name, (sentence, left) in refused.items():
        assert reasons[name] in sentence and left == 0, (name, sentence)
    np.testing.assert_array_equal(visit.arrays["mine after"], visit.arrays["mine"])
    assert visit.store.raters("ct") == ["Anna", "Bert", "Carla"]


def test_slices_the_other_way_round_and_a_transform_do_not_move_masks(visit: Visit) -> None:
    (kept,) = visit.store.versions("ct", "Carla")
    np.testing.assert_array_equal(visit.store.read(kept).array, visit.masks[visit.facts["two"][0]])
    assert visit.facts["under a transform"] == [True, True]
    np.testing.assert_allclose(visit.facts["click under a transform"], (visit.affine @ [*CLICK, 1])[:3], atol=1e-3)


def test_a_review_leaves_the_scene_but_not_the_readers_mask(visit: Visit) -> None:
    assert visit.facts["removed"] >= 5 and visit.facts["mine stays"]


def test_pictures_show_consensus_samples_and_the_map_with_its_bar(visit: Visit) -> None:
    views = {name: imread(visit.pictures / f"{name}.png")[..., :3] for name in ("consensus", "sample-1", "sample-2", "heat")}
    colour = {name: np.ptp(view, axis=2) > 0.15 for name, view in views.items()}
    assert all(part.any() for part in colour.values())
    assert (views["sample-1"] != views["sample-2"]).any()
    assert colour["heat"].sum() > colour["consensus"].sum()
    # The colour bar stands at the right edge, where no mask reaches.
    assert [colour[name][:, -100:].any() for name in views] == [False, False, False, True]
