import nrrd
import numpy as np
import pytest

from ssb.errors import InputError
from ssb.interpretations import interpret
from ssb.outputs.seg_nrrd import Segment, segments_of, write_layered_seg_nrrd
from ssb.outputs.seg_nrrd_reader import read_seg_nrrd

SHAPE = (40, 36, 14)
RADII = (6.0, 6.0, 6.0, 4.0, 0.0)


def test_all_masks_come_back_voxel_exact_with_names_and_colours(make_set, affine, tmp_path):
    sample_set = make_set(RADII, affine)
    segments = segments_of(sample_set, interpret(sample_set))
    write_layered_seg_nrrd(tmp_path / "samples.seg.nrrd", segments, affine, SHAPE)
    found = read_seg_nrrd(tmp_path / "samples.seg.nrrd", affine, SHAPE)
    assert [segment.name for segment in found] == [segment.name for segment in segments]
    for segment, original in zip(found, segments, strict=True):
        assert np.allclose(segment.color, original.color, atol=1e-6)
        assert np.array_equal(segment.on_grid(SHAPE), original.on_grid(SHAPE))
    assert np.array_equal(found[0].on_grid(SHAPE), sample_set.on_grid(sample_set.consensus))


def test_order_names_and_colours_of_the_segments(make_set, affine):
    sample_set = make_set(RADII, affine)
    segments = segments_of(sample_set, interpret(sample_set))
    names = [segment.name for segment in segments]
    assert names[0] == "consensus"
    assert names[1] == "interpretation 1 (60 %)"
    assert "no lesion (20 %)" in names[2:4]
    assert names[4:] == ["sample 1", "sample 2", "sample 3", "sample 4", "sample 5"]
    assert len({segment.color for segment in segments}) == len(segments)
    assert not segments[names.index("no lesion (20 %)")].mask.any()


def test_colours_differ_for_the_most_samples_a_request_may_ask(make_set, affine):
    sample_set = make_set((6.0,) * 64, affine)
    segments = segments_of(sample_set, interpret(sample_set))
    assert len({segment.color for segment in segments}) == len(segments)


def test_the_header_is_what_slicer_writes(make_set, affine, tmp_path):
    sample_set = make_set((6.0, 4.0), affine)
    path = tmp_path / "samples.seg.nrrd"
    write_layered_seg_nrrd(path, segments_of(sample_set, interpret(sample_set)), affine, SHAPE)
    voxels, header = nrrd.read(str(path))
    start = np.array(sample_set.box.start)
    assert voxels.shape == (len(segments_of(sample_set, interpret(sample_set))), *sample_set.masks.shape[1:])
    assert voxels.dtype == np.uint8
    assert header["kinds"] == ["list", "domain", "domain", "domain"]
    assert np.isnan(header["space directions"][0]).all()
    # the rows of the NRRD field are the steps along each axis: the columns of the affine
    assert np.allclose(header["space directions"][1:], affine[:3, :3].T)
    assert np.allclose(header["space origin"], (affine @ [*start, 1])[:3])
    assert header["Segmentation_ReferenceImageExtentOffset"] == " ".join(str(v) for v in start)
    sizes = [n - 1 for n in sample_set.masks.shape[1:]]
    assert header["Segment0_Extent"] != "" and header[f"Segment{len(voxels) - 2}_Extent"] == f"0 {sizes[0]} 0 {sizes[1]} 0 {sizes[2]}"
    assert {header[f"Segment{n}_LabelValue"] for n in range(len(voxels))} == {"1"}
    assert [header[f"Segment{n}_Layer"] for n in range(len(voxels))] == [str(n) for n in range(len(voxels))]


def test_a_set_of_empty_masks_still_gives_a_file(make_set, affine, tmp_path):
    sample_set = make_set((0.0, 0.0), affine)
    path = tmp_path / "samples.seg.nrrd"
    write_layered_seg_nrrd(path, segments_of(sample_set, interpret(sample_set)), affine, SHAPE)
    assert nrrd.read_header(str(path))["Segment1_Extent"] == "0 -1 0 -1 0 -1"
    found = read_seg_nrrd(path, affine, SHAPE)
    assert [segment.name for segment in found] == ["consensus", "no lesion (100 %)", "sample 1", "sample 2"]
    assert not any(segment.mask.any() for segment in found)


def test_a_single_sample(make_set, affine, tmp_path):
    sample_set = make_set((5.0,), affine)
    path = tmp_path / "samples.seg.nrrd"
    write_layered_seg_nrrd(path, segments_of(sample_set, interpret(sample_set)), affine, SHAPE)
    found = read_seg_nrrd(path, affine, SHAPE)
    assert [segment.name for segment in found] == ["consensus", "interpretation 1 (100 %)", "sample 1"]
    assert all(np.array_equal(segment.on_grid(SHAPE), sample_set.on_grid(sample_set.masks[0])) for segment in found)


def test_same_segments_same_bytes_and_nothing_beside(make_set, affine, tmp_path):
    sample_set = make_set(RADII, affine)
    paths = [tmp_path / "a.seg.nrrd", tmp_path / "b.seg.nrrd"]
    for path in paths:
        write_layered_seg_nrrd(path, segments_of(sample_set, interpret(sample_set)), affine, SHAPE)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert sorted(tmp_path.iterdir()) == paths


def test_segments_on_boxes_of_their_own_share_one_crop(affine, tmp_path):
    first = Segment("first", np.ones((2, 3, 1), dtype=bool), (1, 0, 0), (5, 6, 7))
    second = Segment("second", np.ones((1, 1, 2), dtype=bool), (0, 1, 0), (39, 35, 12))
    write_layered_seg_nrrd(tmp_path / "two.seg.nrrd", [first, second], affine, SHAPE)
    assert list(nrrd.read_header(str(tmp_path / "two.seg.nrrd"))["sizes"]) == [2, 35, 30, 7]
    found = read_seg_nrrd(tmp_path / "two.seg.nrrd", affine, SHAPE)
    assert [segment.start for segment in found] == [(5, 6, 7), (39, 35, 12)]
    assert [segment.mask.shape for segment in found] == [(2, 3, 1), (1, 1, 2)]


@pytest.mark.parametrize("start", [(39, 0, 0), (-1, 0, 0)])
def test_a_segment_outside_the_image_is_refused(start, tmp_path):
    segment = Segment("stray", np.ones((2, 2, 2), dtype=bool), (1, 0, 0), start)
    with pytest.raises(InputError, match=r"'stray' spans voxels .* outside the image of shape \(40, 36, 14\)"):
        write_layered_seg_nrrd(tmp_path / "stray.seg.nrrd", [segment], np.eye(4), SHAPE)
    assert not list(tmp_path.iterdir())


def test_no_segment_at_all_is_refused(tmp_path):
    with pytest.raises(InputError, match="at least one segment"):
        write_layered_seg_nrrd(tmp_path / "none.seg.nrrd", [], np.eye(4), SHAPE)
