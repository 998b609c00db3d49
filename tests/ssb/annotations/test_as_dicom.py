"""An annotation written as DICOM SEG is read back voxel by voxel, and says whose it is."""

from pathlib import Path

import numpy as np
import pytest

from ssb.annotations.annotation import Annotation, Origin
from ssb.annotations.as_dicom import annotation_seg, seg_uid
from ssb.annotations.dicom_seg import creator_of, seg_on_grid
from ssb.errors import InputError
from ssb.volumes import Volume, read_volume, write_dicom_series

SHAPE = (16, 12, 6)


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    array = np.random.default_rng(0).integers(-900, 100, SHAPE).astype(np.int16)
    return write_dicom_series(Volume(array, np.diag([0.7, 0.9, 2.5, 1.0])), tmp_path_factory.mktemp("a") / "ct", seed_uid="copy")


def annotation(rater: str = "anna", version: int = 1) -> Annotation:
    return Annotation("1.2.3", rater, version, "2026-01-01T00:00:00.000000+00:00", Origin(), "mask.nii.gz", "ab" * 32, 5)


def drawn() -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[3:9, 2:7, 1:4] = np.random.default_rng(1).random((6, 5, 3)) < 0.6
    return mask


@pytest.mark.parametrize("mask", [drawn(), np.zeros(SHAPE, dtype=bool)], ids=["drawn", "empty"])
def test_the_mask_comes_back_exactly(mask, series, tmp_path):
    volume = read_volume(series)
    made = annotation_seg(annotation("Müller^Anna=\\" + "x" * 80), Volume(mask, volume.affine), series)
    made.save_as(tmp_path / "seg.dcm", write_like_original=False)
    assert np.array_equal(seg_on_grid(tmp_path / "seg.dcm", volume), mask)
    assert creator_of(made) == ("Müller Anna  " + "x" * 80)[:62]


def test_the_same_version_has_the_same_uid_and_another_has_its_own(series):
    volume = read_volume(series)
    made = annotation_seg(annotation(), Volume(drawn(), volume.affine), series)
    assert made.SOPInstanceUID == seg_uid(annotation())
    assert len({seg_uid(annotation(rater, version)) for rater in ("anna", "bert") for version in (1, 2)}) == 4


def test_a_mask_of_another_image_is_refused(series):
    with pytest.raises(InputError, match="another grid"):
        annotation_seg(annotation(), Volume(drawn(), np.diag([0.7, 0.7, 2.5, 1.0])), series)
