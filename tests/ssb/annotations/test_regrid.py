"""Submitted files of every form come back voxel by voxel on the image's grid, or are refused with the reason."""

import nibabel as nib
import nrrd
import numpy as np
import pytest

from ssb.annotations.regrid import on_grid, segment_names
from ssb.errors import InputError, NotFoundError
from ssb.outputs.seg_nrrd import Segment, write_layered_seg_nrrd
from ssb.volumes import Volume, write_nifti
from ssb.volumes.write import write_array

SHAPE = (24, 20, 9)
LOW, HIGH = (5, 3, 2), (15, 14, 8)


def oblique() -> np.ndarray:
    c, s = np.cos(0.4), np.sin(0.4)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) * (0.7, 0.9, 2.5)
    affine[:3, 3] = (-81.5, 12.25, -140)
    return affine


@pytest.fixture(params=["straight", "oblique", "flipped"])
def image(request: pytest.FixtureRequest) -> Volume:
    affine = {"straight": np.diag([0.7, 0.9, 2.5, 1]), "oblique": oblique(), "flipped": np.diag([-0.7, -0.9, 2.5, 1])}[request.param]
    return Volume(np.zeros(SHAPE, np.int16), affine)


@pytest.fixture
def mask() -> np.ndarray:
    """Random voxels inside the box LOW to HIGH, so that any turn or shift shows."""
    inside = np.zeros(SHAPE, dtype=bool)
    box = tuple(slice(a, b) for a, b in zip(LOW, HIGH, strict=True))
    inside[box] = np.random.default_rng(1).random(inside[box].shape) < 0.4
    return inside


def moved(affine: np.ndarray, start: tuple[float, float, float]) -> np.ndarray:
    found = affine.copy()
    found[:3, 3] = (affine @ [*start, 1])[:3]
    return found


@pytest.mark.parametrize("ending", [".nii.gz", ".nii", ".nrrd"])
@pytest.mark.parametrize("form", ["whole", "cropped", "permuted and flipped", "larger than the image", "one slice"])
def test_a_labelmap_comes_back_exactly(ending, form, image, mask, tmp_path):
    array, affine = mask, image.affine
    if form == "cropped":
        array, affine = mask[LOW[0] : HIGH[0], LOW[1] : HIGH[1], LOW[2] : HIGH[2]], moved(affine, LOW)
    elif form == "permuted and flipped":
        array, affine = mask.transpose(2, 0, 1)[::-1], moved(affine, (0, 0, SHAPE[2] - 1)).copy()
        affine[:3, :3] = affine[:3, [2, 0, 1]] * (-1, 1, 1)
    elif form == "larger than the image":
        array, affine = np.pad(mask, 3), moved(affine, (-3, -3, -3))
    elif form == "one slice":
        array, affine = mask[:, :, 4:5], moved(affine, (0, 0, 4))
        mask = mask & (np.arange(SHAPE[2]) == 4)
    path = tmp_path / f"CT.1.2{ending}"
    write_array(path, array.astype(np.uint8) * 4, affine)
    assert np.array_equal(on_grid(path, image), mask)


def test_layers_cropped_by_slicer_come_back_exactly(image, mask, tmp_path):
    path = tmp_path / "labels.seg.nrrd"
    write_layered_seg_nrrd(path, [Segment("consensus", ~mask, (1, 0, 0)), Segment("nodule", mask, (0, 1, 0))], image.affine, SHAPE)
    assert np.array_equal(on_grid(path, image), mask)
    plainly_named = path.rename(tmp_path / "labels.nrrd")
    assert np.array_equal(on_grid(plainly_named, image), mask)


def test_a_layered_file_of_our_samples_alone_is_refused(image, mask, tmp_path):
    path = tmp_path / "labels.seg.nrrd"
    write_layered_seg_nrrd(path, [Segment(name, mask, (1, 0, 0)) for name in ("consensus", "sample 1")], image.affine, SHAPE)
    with pytest.raises(InputError, match=r"labels\.seg\.nrrd holds 2 segments \('consensus', 'sample 1'\), 2 of them plausible masks"):
        on_grid(path, image)


def test_a_flattened_seg_nrrd_of_our_samples_is_refused(image, mask, tmp_path):
    fields = {f"Segment{n}_{key}": value for n in (0, 1) for key, value in
              {"ID": f"S{n}", "Name": f"sample {n + 1}", "Layer": "0", "LabelValue": str(n + 1)}.items()}  # fmt: skip
    directions = {"space directions": image.affine[:3, :3].T, "space origin": image.affine[:3, 3], "space": "left-posterior-superior"}
    values = np.where(np.arange(SHAPE[0])[:, None, None] < 9, 1, 2) * np.ones(SHAPE)
    nrrd.write(str(tmp_path / "flat.seg.nrrd"), values.astype(np.uint8), {**directions, **fields})
    with pytest.raises(InputError, match="overwrote one another in one labelmap, so voxels are lost"):
        on_grid(tmp_path / "flat.seg.nrrd", image)


def test_a_flattened_labelmap_is_refused_by_the_names_that_slicer_sends(image, mask, tmp_path):
    values = mask.astype(np.uint8) * 2
    values[tuple(np.argwhere(mask)[0])] = 1
    path = write_nifti(tmp_path / "flat.nii.gz", values, image.affine)
    names = segment_names({"label_info": [{"name": "consensus", "idx": 1}, {"name": "sample 1", "idx": 2}], "client_id": "a"})
    assert names == ["consensus", "sample 1"]
    with pytest.raises(InputError, match="voxels are lost"):
        on_grid(path, image, names)
    assert np.array_equal(on_grid(path, image, names[:1]), mask)


@pytest.mark.parametrize("stated", [None, "consensus", [{"idx": 1}, "sample 1", {"name": 3}]])
def test_names_of_another_form_are_none(stated):
    assert segment_names({"label_info": stated}) == []


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd"])
def test_an_empty_file_is_an_empty_annotation(ending, image, tmp_path):
    path = tmp_path / f"empty{ending}"
    write_array(path, np.zeros(SHAPE, np.uint8), image.affine)
    assert not on_grid(path, image).any()


@pytest.mark.parametrize("change", ["spacing", "turn", "part of a voxel"])
def test_another_grid_is_refused_and_not_interpolated(change, image, mask, tmp_path):
    affine = image.affine.copy()
    if change == "spacing":
        affine[:3, :3] *= 1.01
    elif change == "turn":
        affine[:3, :3] = np.array([[0.995, -0.0998, 0], [0.0998, 0.995, 0], [0, 0, 1]]) @ affine[:3, :3]
    else:
        affine = moved(affine, (0.1, 0, 0))
    path = write_nifti(tmp_path / "other.nii.gz", mask, affine)
    with pytest.raises(InputError, match=r"other\.nii\.gz lies on another grid.*never interpolated"):
        on_grid(path, image)


def test_the_count_of_voxels_outside_the_image_is_told(image, mask, tmp_path):
    path = write_nifti(tmp_path / "out.nii.gz", mask, moved(image.affine, (0, -10, 0)))
    with pytest.raises(InputError, match=rf"out\.nii\.gz has {mask[:, :10].sum()} voxels outside the image"):
        on_grid(path, image)


@pytest.mark.parametrize(
    ("values", "said"), [((0.25, 0.5), "not whole numbers"), ((0, -1), "not whole numbers"), ((0, np.nan), "not whole")]
)
def test_values_that_are_no_labels_are_refused(values, said, image, mask, tmp_path):
    path = write_nifti(tmp_path / "p.nii.gz", np.where(mask, *values).astype(np.float32), image.affine)
    with pytest.raises(InputError, match=said):
        on_grid(path, image)


def test_other_files_are_refused(image, mask, tmp_path):
    for name, content in {"a.nii.gz": b"none", "a.nrrd": b"none", "a.dcm": b"none"}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=f"{name} is broken"):
            on_grid(tmp_path / name, image)
    (tmp_path / "a.png").write_bytes(b"none")
    with pytest.raises(InputError, match="of no kind we read"):
        on_grid(tmp_path / "a.png", image)
    with pytest.raises(NotFoundError, match=r"no annotation file b\.nrrd"):
        on_grid(tmp_path / "b.nrrd", image)
    nib.save(nib.Nifti1Image(np.zeros((*SHAPE, 3), np.uint8), np.eye(4)), tmp_path / "four.nii.gz")
    with pytest.raises(InputError, match="must be 3-D"):
        on_grid(tmp_path / "four.nii.gz", image)


def test_a_header_that_points_to_another_file_is_refused(image, tmp_path):
    (tmp_path / "a.nrrd").write_text("NRRD0004\ntype: uint8\ndimension: 3\nsizes: 2 2 2\nencoding: raw\ndata file: secret.raw\n")
    (tmp_path / "secret.raw").write_bytes(bytes(8))
    with pytest.raises(InputError, match="keeps its voxels in another file"):
        on_grid(tmp_path / "a.nrrd", image)
