"""Files as 3D Slicer saves them: cropped, several segments in a layer, axes in any order; and files that must be refused."""

import nrrd
import numpy as np
import pytest

from ssb.errors import InputError, NotFoundError
from ssb.outputs.seg_nrrd_reader import read_seg_nrrd

SHAPE = (40, 36, 14)
START = (8, 5, 3)


def save(path, voxels, affine, fields, space="left-posterior-superior", flip_space=False):
    """A segmentation file whose first voxel is START of the grid `affine`."""
    directions, origin = affine[:3, :3].T, (affine @ [*START, 1])[:3]
    if flip_space:
        directions, origin = directions * (-1, -1, 1), origin * (-1, -1, 1)
    rows = directions if voxels.ndim == 3 else np.vstack([np.full(3, np.nan), directions])
    kinds = ["domain"] * 3 if voxels.ndim == 3 else ["list"] + ["domain"] * 3
    header = {"space": space, "kinds": kinds, "space directions": rows, "space origin": origin, **fields}
    nrrd.write(str(path), voxels, header)


def segment_fields(number, name, layer, label):
    return {
        f"Segment{number}_{key}": value for key, value in (("ID", name), ("Name", name), ("Layer", str(layer)), ("LabelValue", str(label)))
    }


@pytest.fixture
def voxels():
    rng = np.random.default_rng(5)
    return rng.integers(0, 3, (2, 6, 5, 4)).astype(np.uint8)


def expected(layer, label):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[8:14, 5:10, 3:7] = layer == label
    return mask


def test_segments_that_share_a_layer_are_told_apart_by_their_value(affine, voxels, tmp_path):
    fields = segment_fields(0, "one", 0, 1) | segment_fields(1, "two", 0, 2) | segment_fields(2, "three", 1, 2)
    save(tmp_path / "s.seg.nrrd", voxels, affine, fields)
    one, two, three = read_seg_nrrd(tmp_path / "s.seg.nrrd", affine, SHAPE)
    assert (one.name, two.name, three.name) == ("one", "two", "three")
    assert np.array_equal(one.on_grid(SHAPE), expected(voxels[0], 1))
    assert np.array_equal(two.on_grid(SHAPE), expected(voxels[0], 2))
    assert np.array_equal(three.on_grid(SHAPE), expected(voxels[1], 2))


def test_a_file_without_layers(affine, voxels, tmp_path):
    save(tmp_path / "s.seg.nrrd", voxels[0], affine, segment_fields(0, "one", 0, 1))
    (one,) = read_seg_nrrd(tmp_path / "s.seg.nrrd", affine, SHAPE)
    assert np.array_equal(one.on_grid(SHAPE), expected(voxels[0], 1))


def test_ras_space(affine, voxels, tmp_path):
    save(tmp_path / "s.seg.nrrd", voxels, affine, segment_fields(0, "one", 0, 1), space="right-anterior-superior", flip_space=True)
    (one,) = read_seg_nrrd(tmp_path / "s.seg.nrrd", affine, SHAPE)
    assert np.array_equal(one.on_grid(SHAPE), expected(voxels[0], 1))


def test_axes_in_another_order_and_direction(affine, voxels, tmp_path):
    turned = voxels.transpose(0, 3, 1, 2)[:, ::-1]
    last_k = START[2] + voxels.shape[3] - 1
    own = np.eye(4)
    own[:3, :3] = affine[:3, [2, 0, 1]] * (-1, 1, 1)
    own[:3, 3] = (affine @ [START[0], START[1], last_k, 1])[:3] - own[:3, :3] @ START
    save(tmp_path / "s.seg.nrrd", turned, own, segment_fields(0, "one", 0, 1))
    (one,) = read_seg_nrrd(tmp_path / "s.seg.nrrd", affine, SHAPE)
    assert np.array_equal(one.on_grid(SHAPE), expected(voxels[0], 1))


@pytest.mark.parametrize("change", ["spacing", "turn", "half a voxel"])
def test_another_grid_is_refused(change, affine, voxels, tmp_path):
    other = affine.copy()
    if change == "spacing":
        other[:3, :3] *= 1.1
    elif change == "turn":
        other[:3, :3] = np.array([[0.995, -0.0998, 0], [0.0998, 0.995, 0], [0, 0, 1]]) @ other[:3, :3]
    else:
        other[:3, 3] += 0.5 * other[:3, 0]
    save(tmp_path / "s.seg.nrrd", voxels, other, segment_fields(0, "one", 0, 1))
    with pytest.raises(InputError, match=r"s\.seg\.nrrd lies on another grid"):
        read_seg_nrrd(tmp_path / "s.seg.nrrd", affine, SHAPE)


def test_voxels_outside_the_image_are_refused(affine, voxels, tmp_path):
    save(tmp_path / "s.seg.nrrd", voxels, affine, segment_fields(0, "one", 0, 1))
    with pytest.raises(InputError, match=r"voxels outside the image of shape \(10, 36, 14\)"):
        read_seg_nrrd(tmp_path / "s.seg.nrrd", affine, (10, 36, 14))


def test_a_layer_that_is_not_there_is_refused(affine, voxels, tmp_path):
    save(tmp_path / "s.seg.nrrd", voxels, affine, segment_fields(0, "one", 2, 1))
    with pytest.raises(InputError, match="has 2 layers, but segment 0 asks for layer 2"):
        read_seg_nrrd(tmp_path / "s.seg.nrrd", affine, SHAPE)


def test_a_plain_labelmap_is_refused(affine, voxels, tmp_path):
    save(tmp_path / "s.seg.nrrd", voxels, affine, {})
    with pytest.raises(InputError, match=r"not a \.seg\.nrrd file"):
        read_seg_nrrd(tmp_path / "s.seg.nrrd", affine, SHAPE)


def test_a_cut_file_and_a_missing_file(affine, voxels, tmp_path):
    path = tmp_path / "s.seg.nrrd"
    save(path, voxels, affine, segment_fields(0, "one", 0, 1))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="is broken: it cannot be read as NRRD"):
        read_seg_nrrd(path, affine, SHAPE)
    with pytest.raises(NotFoundError, match=r"no segmentation file t\.seg\.nrrd"):
        read_seg_nrrd(tmp_path / "t.seg.nrrd", affine, SHAPE)
