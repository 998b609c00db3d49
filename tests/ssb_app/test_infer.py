"""What the stock client gets from both tasks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from monailabel.client import MONAILabelClient
from monailabel.client.client import MONAILabelClientException

from ssb.outputs.seg_nrrd_reader import read_seg_nrrd
from ssb.plausible import SampleSet
from ssb.volumes import read_volume, write_nifti
from ssb_app.answers import LABELS

IMAGES = ["axial", "dicom", "nested-oblique", "oblique dicom"]


@pytest.mark.parametrize("extension", [".nrrd", ".nii.gz"])
@pytest.mark.parametrize("image", IMAGES)
def test_consensus_is_the_librarys_own_on_the_source_grid(server: Any, expected: dict[str, SampleSet], image: str, extension: str) -> None:
    file, answer = server.infer(image, result_extension=extension)
    found, wanted = read_volume(file), expected[image]
    assert file.name.endswith(extension)
    assert found.array.dtype == np.uint8
    np.testing.assert_array_equal(found.array, wanted.on_grid(wanted.consensus))
    np.testing.assert_allclose(found.affine, wanted.affine, atol=1e-4)
    assert answer["label_names"] == {"consensus": 1}
    assert wanted.consensus.sum() > 50


@pytest.mark.parametrize("image", IMAGES)
def test_levels_and_single_samples_are_the_librarys_own(server: Any, expected: dict[str, SampleSet], image: str) -> None:
    wanted = expected[image]
    levels, answer = server.infer(image, show="levels", result_extension=".nrrd", restore_label_idx=False)
    bands = wanted.possible.astype(int) + wanted.consensus + wanted.unanimous
    np.testing.assert_array_equal(read_volume(levels).array, wanted.on_grid(bands))
    assert answer["label_names"] == {
        name: LABELS[name] for name, n in (("possible", 1), ("majority", 2), ("unanimous", 3)) if (bands == n).any()
    }
    third, answer = server.infer(image, show="sample 3", result_extension=".nrrd", restore_label_idx=False)
    np.testing.assert_array_equal(read_volume(third).array == LABELS["sample"], wanted.on_grid(wanted.masks[2]))
    assert answer["label_names"] == {"sample 3": 6}


@pytest.mark.parametrize("image", IMAGES)
def test_the_layered_file_holds_every_sample_at_its_place(server: Any, expected: dict[str, SampleSet], image: str) -> None:
    wanted = expected[image]
    file, _ = server.infer(image, show="all samples", result_extension=".nrrd")
    assert file.name.endswith(".seg.nrrd")
    segments = {segment.name: segment for segment in read_seg_nrrd(file, wanted.affine, wanted.shape)}
    np.testing.assert_array_equal(segments["consensus"].on_grid(wanted.shape), wanted.on_grid(wanted.consensus))
    for number, mask in enumerate(wanted.masks, start=1):
        np.testing.assert_array_equal(segments[f"sample {number}"].on_grid(wanted.shape), wanted.on_grid(mask))


def test_the_json_tells_the_numbers_and_the_sample_sets_id(server: Any) -> None:
    _, answer = server.infer("dicom")
    told = answer["summary"]
    assert told["image"] == server.ids["dicom"]
    asked = {"point": [17, 27, 4], "samples": 4, "nfe": 2, "guidance": 0.0, "seed": 0, "raters": "published", "inside": [], "outside": []}
    assert told["request"] == asked
    assert sum(group["share"] for group in told["interpretations"]) == pytest.approx(1)
    assert server.ask(f"/ssb/sample_sets/{answer['sample_set']}") == (200, told)


def test_another_view_of_the_same_request_does_not_sample_again(server: Any) -> None:
    started = time.monotonic()
    server.infer(seed=11, samples=16, nfe=20)
    sampling = time.monotonic() - started
    before = server.stats()
    started = time.monotonic()
    server.infer(seed="11", samples="16", nfe="20", show="levels")
    assert time.monotonic() - started < sampling
    assert server.stats() == {**before, "hits": before["hits"] + 1}


@pytest.mark.parametrize(
    ("show", "extension"), [("consensus", ".nrrd"), ("levels", ".nii.gz"), ("all samples", ".nrrd"), ("sample 1", ".seg.nrrd")]
)
def test_the_same_request_gives_the_same_bytes_also_without_the_cache(server: Any, show: str, extension: str) -> None:
    first, _ = server.infer("dicom", show=show, result_extension=extension)
    time.sleep(1.1)
    server.ask("/ssb/sample_sets", method="DELETE")
    runs = server.stats()["runs"]
    second, _ = server.infer("dicom", show=show, result_extension=extension)
    assert server.stats()["runs"] == runs + 1
    assert first.read_bytes() == second.read_bytes()


def test_further_points_narrow_the_masks(server: Any, expected: dict[str, SampleSet]) -> None:
    wanted = expected["axial"]
    i, j, k = (int(v) for v in np.argwhere(wanted.on_grid(wanted.possible & ~wanted.unanimous))[0])
    _, answer = server.infer(foreground=[[17, 27, 4], [i, j, k]], show="consensus")
    request = answer["summary"]["request"]
    assert (request["point"], request["inside"]) == ([17, 27, 4], [[i, j, k]])
    file, _ = server.infer(background=[[i, j, k]], show="levels", result_extension=".nrrd")
    assert read_volume(file).array[i, j, k] == 0


def test_the_stock_client_may_save_where_the_server_has_its_temporary_files(server: Any) -> None:
    client = MONAILabelClient(server.address)
    for seed in range(3):
        file, _ = client.infer("ssbpp", "axial", {"foreground": [[17, 27, 4]], "samples": 4, "nfe": 2, "show": f"sample {seed + 1}"})
        time.sleep(0.3)
        assert Path(file).is_file()
        Path(file).unlink()


def test_an_uncompressed_answer_is_raw(server: Any) -> None:
    file, _ = server.infer(result_extension=".nrrd", result_dtype="uint8", result_compress=False)
    assert b"encoding: raw" in file.read_bytes()


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"foreground": [[17, 27, 10]]}, "The point (17, 27, 10) lies outside the image, whose voxels are i 0 to 39, j 0 to 47, k 0 to 9."),
        ({"foreground": [[-1, 27, 4]]}, "The point (-1, 27, 4) lies outside the image, whose voxels are i 0 to 39, j 0 to 47, k 0 to 9."),
        ({"foreground": [[17, 27]]}, "The foreground holds [17, 27], but a point is three numbers such as [231, 180, 42]."),
        ({"foreground": "here"}, "The foreground is 'here', but it must be a list of voxels such as [[231, 180, 42]]."),
        ({"foreground": []}, "There is no point: place a foreground point on the lesion."),
        ({"background": [[0, 0, 99]]}, "The point (0, 0, 99) lies outside the image, whose voxels are i 0 to 39, j 0 to 47, k 0 to 9."),
        ({"samples": "many"}, "The option samples is 'many', but it must be a whole number from 1 to 64."),
        ({"samples": 0}, "The option samples is 0, but it must be a whole number from 1 to 64."),
        ({"nfe": 101}, "The option nfe is 101, but it must be a whole number from 1 to 100."),
        ({"guidance": "5.5"}, "The option guidance is '5.5', but it must be a number from 0 to 5."),
        ({"seed": -1}, "The option seed is -1, but it must be a whole number from 0 to 2147483647."),
        (
            {"show": "sample 5"},
            "The option show is 'sample 5', but it must be one of consensus, levels, interpretation 1 (and so on), no lesion, "
            "sample 1 to sample 4, or all samples.",
        ),
        ({"result_extension": ".mha"}, "The option result_extension is '.mha', but it must be one of .nrrd, .nii.gz, .nii, .seg.nrrd."),
        ({"result_dtype": "float32"}, "The option result_dtype is 'float32', but masks are uint8."),
    ],
)
def test_bad_input_is_answered_with_one_sentence(server: Any, params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MONAILabelClientException) as caught:
        server.infer(**params)
    assert caught.value.msg == f'Status: 422; Response: {{"detail":"{sentence}"}}'


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        ("flat", "The image flat.nii.gz is constant: every voxel is 0."),
        ("four", "The image four.nii.gz is 4-D with the shape 4 x 8 x 8 x 2: it must be 3-D."),
        ("broken", "The file broken.nii.gz is broken: it cannot be read as NIfTI."),
    ],
)
def test_an_image_that_cannot_be_sampled_is_named(server: Any, image: str, sentence: str) -> None:
    with pytest.raises(MONAILabelClientException) as caught:
        server.infer(image)
    assert caught.value.msg == f'Status: 422; Response: {{"detail":"{sentence}"}}'


def test_the_automatic_task_takes_a_point_or_an_annotation_or_asks_for_one(
    server: Any, tmp_path: Path, expected: dict[str, SampleSet]
) -> None:
    name = "Läsion 1"
    with pytest.raises(MONAILabelClientException) as caught:
        server.infer(name, "ssbpp_auto", foreground=None)
    assert "give the option point as i,j,k, a voxel on the lesion." in caught.value.msg
    by_text, _ = server.infer(name, "ssbpp_auto", foreground=None, point="17, 27, 4", result_extension=".nrrd")
    np.testing.assert_array_equal(read_volume(by_text).array > 0, expected["axial"].on_grid(expected["axial"].consensus))
    drawn = np.zeros((40, 48, 10), np.uint8)
    drawn[16:19, 26:29, 3:6] = 2
    label = write_nifti(tmp_path / "drawn.nii.gz", drawn, expected["axial"].affine)
    server.client.save_label(name, str(label), tag="rater_a")
    by_annotation, answer = server.infer(name, "ssbpp_auto", foreground=None, result_extension=".nrrd")
    assert answer["summary"]["request"]["point"] == [17, 27, 4]
    assert answer["summary"]["image"] == name
    assert read_volume(by_annotation).array.any()


def test_the_tasks_show_their_options(server: Any) -> None:
    models = server.client.info()["models"]
    assert (models["ssbpp"]["type"], models["ssbpp"]["dimension"]) == ("deepgrow", 3)
    assert models["ssbpp_auto"]["type"] == "segmentation"
    options = models["ssbpp"]["config"]
    assert (options["samples"], options["nfe"], options["guidance"], options["seed"]) == (16, 8, 0.0, 0)
    assert (options["show"][0], options["show"][-1]) == ("consensus", "all samples")
