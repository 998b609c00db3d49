"""The layered file in 3D Slicer's own libraries (slicer-core), which live in an environment of their own."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from ssb.interpretations import interpret
from ssb.outputs.seg_nrrd import segments_of, write_layered_seg_nrrd
from ssb.outputs.seg_nrrd_reader import read_seg_nrrd
from ssb.plausible import Box, Request, SampleSet
from ssb.volumes import write_nifti
from tests.slicer.slicer_python import PYTHON, affine_of, needs_slicer

SCRIPT = Path(__file__).with_name("load_in_slicer.py")
SHAPE = (60, 64, 20)
START = (30, 31, 7)

pytestmark = needs_slicer


def overlapping_set(affine: np.ndarray) -> SampleSet:
    """Two like blocks, one small block inside them, a block of random voxels over all, and an empty mask."""
    masks = np.zeros((5, 20, 22, 9), dtype=bool)
    masks[0, 3:12, 4:14, 1:7] = True
    masks[1, 3:12, 4:15, 1:7] = True
    masks[2, 5:8, 6:9, 3:5] = True
    masks[3] = np.random.default_rng(0).random(masks.shape[1:]) > 0.6
    box = Box(START, (50, 53, 16))
    return SampleSet(masks, box, SHAPE, affine, Request((35, 38, 11), 5, 8, 0.0, 0), "lung_nodule_ct-1")


def load_in_slicer(folder: Path, sample_set: SampleSet) -> tuple[dict, list[np.ndarray]]:
    segments = segments_of(sample_set, interpret(sample_set))
    write_layered_seg_nrrd(folder / "samples.seg.nrrd", segments, sample_set.affine, SHAPE)
    image = write_nifti(folder / "image.nii.gz", np.zeros(SHAPE, dtype=np.int16), sample_set.affine)
    command = [str(PYTHON), str(SCRIPT), str(image), str(folder / "samples.seg.nrrd"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with np.load(folder / "masks.npz", allow_pickle=False) as masks:
        return json.loads((folder / "segments.json").read_text()), [masks[name] for name in masks.files]


@pytest.mark.parametrize("grid", ["axial", "oblique"])
def test_names_colours_and_voxels_are_exact_in_slicer(grid, tmp_path):
    sample_set = overlapping_set(affine_of(grid))
    segments = segments_of(sample_set, interpret(sample_set))
    facts, masks = load_in_slicer(tmp_path, sample_set)
    assert facts["layers"] == len(segments)
    assert [found["name"] for found in facts["segments"]] == [segment.name for segment in segments]
    for segment, found, mask in zip(segments, facts["segments"], masks, strict=True):
        assert np.allclose(found["color"], segment.color, atol=1e-6)
        assert mask.sum() == segment.mask.sum()
        assert np.array_equal(mask, segment.on_grid(SHAPE))


@pytest.mark.parametrize("grid", ["axial", "oblique"])
def test_what_slicer_saves_comes_back_voxel_exact(grid, tmp_path):
    """Slicer crops the file anew and puts segments that do not overlap into one layer."""
    sample_set = overlapping_set(affine_of(grid))
    segments = segments_of(sample_set, interpret(sample_set))
    load_in_slicer(tmp_path, sample_set)
    found = read_seg_nrrd(tmp_path / "saved.seg.nrrd", sample_set.affine, SHAPE)
    assert [segment.name for segment in found] == [segment.name for segment in segments]
    for segment, original in zip(found, segments, strict=True):
        assert np.array_equal(segment.on_grid(SHAPE), original.on_grid(SHAPE))


def test_a_set_of_empty_masks_loads(tmp_path):
    whole = overlapping_set(affine_of("axial"))
    empty = SampleSet(whole.masks & False, whole.box, SHAPE, whole.affine, whole.request, whole.checkpoint)
    facts, masks = load_in_slicer(tmp_path, empty)
    assert [found["name"] for found in facts["segments"]][:2] == ["consensus", "no lesion (100 %)"]
    assert len(masks) == 7 and not any(mask.any() for mask in masks)
