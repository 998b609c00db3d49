"""The command `sample`."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from ssb.checkpoint import load_tensors, save_tensors
from ssb.volumes import Volume, write_nifti
from ssb_cli import main

FILES = ["consensus.nii.gz", "disagreement.nii.gz", "overview.png", "report.html", "samples.seg.nrrd", "summary.json"]


@pytest.fixture
def image(volume: Volume, tmp_path: Path) -> Path:
    return write_nifti(tmp_path / "ball.nii.gz", volume.array, volume.affine)


def sample(image: Path, checkpoint: Path, out: Path, *options: str) -> int:
    """Exit code of `sample` with few samples and steps."""
    quick = ["--samples", "4", "--nfe", "2", "--device", "cpu", "--checkpoint", str(checkpoint)]
    return main(["sample", str(image), *quick, "-o", str(out), *options])


def test_writes_files_and_prints_a_table(image: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "out"
    assert sample(image, checkpoint, out, "--point", "20,24,6", "--seed", "3", "--guidance", "0.5") == 0
    assert sorted(path.name for path in out.iterdir()) == FILES
    facts = json.loads((out / "summary.json").read_text())
    assert facts["request"] | {"samples": 4} == facts["request"]
    assert [facts["request"][key] for key in ("point", "nfe", "guidance", "seed")] == [[20, 24, 6], 2, 0.5, 3]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("4 samples at voxel (20, 24, 6), 2 evaluations each, guidance 0.5, seed 3, tiny-1, ")
    first = facts["interpretations"][0]
    assert lines[2].split() == [*first["name"].split(), f"{first['share']:.0%}", f"{first['volume_ml']:.3f}", "mL"]
    assert any(line.startswith("volume") and f" {facts['measurements']['volume_ml']['median']:.3f} mL (5-95 %: " in line for line in lines)
    assert lines[-1] == f"Overview: {out / 'overview.png'}"


def test_millimetres_are_lps(image: Path, checkpoint: Path, tmp_path: Path) -> None:
    moved = nib.load(image)
    moved.set_sform(np.diag([-0.7, -0.7, 2.0, 1.0]) + np.array([[0, 0, 0, 50], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]), code=1)
    nib.save(moved, image)
    # RAS x = 50 - 0.7 i, so LPS x = 0.7 i - 50; LPS y = 0.7 j; z = 2 k
    assert sample(image, checkpoint, tmp_path / "out", "--point-mm", "-36.0,16.8,12") == 0
    facts = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert facts["request"]["point"] == [20, 24, 6]


def test_same_seed_gives_identical_bytes(image: Path, checkpoint: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert sample(image, checkpoint, tmp_path / name, "--point", "20,24,6") == 0
    for name in ("consensus.nii.gz", "disagreement.nii.gz", "samples.seg.nrrd"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_inside_and_outside_points_are_kept(image: Path, checkpoint: Path, tmp_path: Path) -> None:
    options = ["--point", "20,24,6", "--inside", "20,24,6", "--outside", "2,2,6", "--outside", "3,3,6"]
    assert sample(image, checkpoint, tmp_path / "out", *options) == 0
    facts = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (facts["request"]["inside"], facts["request"]["outside"]) == ([[20, 24, 6]], [[2, 2, 6], [3, 3, 6]])
    assert np.asarray(nib.load(tmp_path / "out" / "consensus.nii.gz").dataobj)[20, 24, 6] == 1


def test_a_correction_stays_where_it_was_touched(image: Path, checkpoint: Path, tmp_path: Path, volume: Volume) -> None:
    edited, touched = np.zeros((2, *volume.shape), dtype=np.uint8)
    edited[18:23, 22:26, 6] = 1
    touched[16:25, 20:28, 6] = 1
    for name, array in (("edited", edited), ("touched", touched)):
        write_nifti(tmp_path / f"{name}.nii.gz", array, volume.affine)
    options = ["--corrected", str(tmp_path / "edited.nii.gz"), "--touched", str(tmp_path / "touched.nii.gz")]
    assert sample(image, checkpoint, tmp_path / "out", "--point", "20,24,6", *options) == 0
    consensus = np.asarray(nib.load(tmp_path / "out" / "consensus.nii.gz").dataobj)
    np.testing.assert_array_equal(consensus[touched == 1], edited[touched == 1])
    notes = json.loads((tmp_path / "out" / "summary.json").read_text())["notes"]
    assert notes == ["A correction fixes 20 voxels inside and 52 outside of the lesion in every sample."]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--samples", "0"], "The option samples is '0', but it must be a whole number from 1 to 64."),
        (["--samples", "65"], "The option samples is '65', but it must be a whole number from 1 to 64."),
        (["--samples", "many"], "The option samples is 'many', but it must be a whole number from 1 to 64."),
        (["--nfe", "0"], "The option nfe is '0', but it must be a whole number from 1 to 100."),
        (["--nfe", "2.5"], "The option nfe is '2.5', but it must be a whole number from 1 to 100."),
        (["--guidance", "5.5"], "The option guidance is '5.5', but it must be a number from 0 to 5."),
        (["--guidance", "-0.5"], "The option guidance is '-0.5', but it must be a number from 0 to 5."),
        (["--guidance", "nan"], "The option guidance is 'nan', but it must be a number from 0 to 5."),
        (["--seed", "-1"], "The option seed is '-1', but it must be a whole number from 0 to 2147483647."),
        (["--device", "tpu"], "The device 'tpu' is not known: give cpu, cuda, cuda:0 (or another number) or auto."),
        (["--point", "40,24,6"], "The point (40, 24, 6) lies outside the image, whose voxels are i 0 to 39, j 0 to 43, k 0 to 11."),
        (["--point", "nan,24,6"], "The point (nan, 24, 6) is not a voxel: give three finite numbers i, j, k."),
        (["--touched", "t.nii.gz"], "The options --corrected and --touched belong together: the edited mask, and where it was edited."),
        (["--corrected", "none.nrrd", "--touched", "t.nii.gz"], "There is no annotation file none.nrrd."),
        (["--inside", "0,0,12"], "The point (0, 0, 12) lies outside the image, whose voxels are i 0 to 39, j 0 to 43, k 0 to 11."),
    ],
)
def test_bad_option_gets_one_sentence(
    options: list[str], sentence: str, image: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sample(image, checkpoint, tmp_path / "out", "--point", "20,24,6", *options) == 2
    assert capsys.readouterr().err == f"{sentence}\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["20,24", "20,24,6,1", "20;24;6", "a,b,c", ""])
@pytest.mark.parametrize("option", ["--point", "--point-mm"])
def test_point_that_is_not_three_numbers(
    text: str, option: str, image: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sample(image, checkpoint, tmp_path / "out", option, text) == 2
    assert capsys.readouterr().err == f"The option {option} holds '{text}', but a point is three numbers such as [231, 180, 42].\n"


def test_image_that_does_not_exist(checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sample(tmp_path / "none.nii.gz", checkpoint, tmp_path / "out", "--point", "1,1,1") == 2
    error = capsys.readouterr().err
    assert "none.nii.gz" in error
    assert error.count("\n") == 1


def bad_checkpoint(kind: str, good: Path, folder: Path) -> Path:
    """A checkpoint that must be refused."""
    path = folder / f"{kind}.safetensors"
    if kind == "truncated":
        path.write_bytes(good.read_bytes()[:-100])
    elif kind == "pickle":
        path.write_bytes(pickle.dumps({"weights": [1.0]}))
    elif kind == "version":
        tensors, header = load_tensors(good)
        save_tensors(path, tensors, header | {"format": 99})
    return path


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("truncated", "The checkpoint truncated.safetensors is truncated or not a safetensors file."),
        ("pickle", "The checkpoint pickle.safetensors is a pickle, which can run code: only safetensors are read."),
        ("version", "The checkpoint version.safetensors has format 99: this program reads format 1."),
        ("missing", "There is no checkpoint {folder}/missing.safetensors."),
    ],
)
def test_bad_checkpoint_gets_one_sentence(
    kind: str, sentence: str, image: Path, checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = bad_checkpoint(kind, checkpoint, tmp_path)
    assert sample(image, path, tmp_path / "out", "--point", "20,24,6") == 2
    assert capsys.readouterr().err == f"{sentence.format(folder=tmp_path)}\n"
    assert not (tmp_path / "out").exists()
