"""A small volume that no wrong axis, flip or spacing leaves unchanged, and the same as a DICOM series."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from scipy.spatial.transform import Rotation

from ssb.volumes import Volume, write_dicom_series


@pytest.fixture
def oblique() -> Volume:
    """37 x 33 x 5 voxels of HU, different spacings along i, j, k, axes turned about all three patient axes."""
    rng = np.random.default_rng(7)
    array = rng.integers(-2048, 3072, (37, 33, 5)).astype(np.int16)
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", [20, -35, 10], degrees=True).as_matrix() @ np.diag([0.7031, 0.8123, 2.7])
    affine[:3, 3] = [-123.456789, 77.123, -1003.3]
    return Volume(array, affine, "oblique")


@pytest.fixture
def axial() -> Volume:
    """9 x 8 x 6 voxels of 0.5 x 0.6 x 2.5 mm, slices from z = -10 to 2.5 mm."""
    array = np.random.default_rng(3).integers(-1024, 1000, (9, 8, 6)).astype(np.int16)
    affine = np.diag([0.5, 0.6, 2.5, 1.0])
    affine[:3, 3] = [-3.0, 4.0, -10.0]
    return Volume(array, affine, "axial")


@pytest.fixture
def series(tmp_path: Path, axial: Volume) -> Path:
    """`axial` as a DICOM series, files 000001.dcm (z = -10) to 000006.dcm (z = 2.5)."""
    return write_dicom_series(axial, tmp_path / "series", seed_uid="a test")


@pytest.fixture
def edit(series: Path) -> Callable[..., Path]:
    """edit(number, keyword=value, ...) changes elements of one file of `series`; None takes the element out."""

    def change(number: int, **elements: object) -> Path:
        path = series / f"{number:06d}.dcm"
        dataset = pydicom.dcmread(path)
        for keyword, value in elements.items():
            if value is None:
                del dataset[keyword]
            else:
                setattr(dataset, keyword, value)
        dataset.save_as(path)
        return path

    return change


@pytest.fixture
def axial_stored(axial: Volume) -> np.ndarray:
    """The numbers that the files of `series` store, before slope and intercept."""
    return axial.array + 1024
