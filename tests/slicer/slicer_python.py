"""The python of slicer-core's own environment, and a study for the tests that use it.

SSB_SLICER_PYTHON names it; without it `.venv-slicer/bin/python` under the repository root, which `make slicer` installs.
"""

import os
from pathlib import Path

import numpy as np
import pytest

PYTHON = Path(os.environ.get("SSB_SLICER_PYTHON", Path(__file__).resolve().parents[2] / ".venv-slicer/bin/python"))

needs_slicer = pytest.mark.skipif(not PYTHON.exists(), reason=f"no slicer-core: {PYTHON} is not there, `make slicer` installs it")

CLICK = [20, 24, 6]


def affine_of(grid: str) -> np.ndarray:
    """Voxels of 0.7 x 0.8 x 2.5 mm on an "axial" or an "oblique" grid."""
    affine = np.diag([0.7, 0.8, 2.5, 1.0])
    affine[:3, 3] = (-50, 20, -100)
    if grid == "oblique":
        c, s = np.cos(0.4), np.sin(0.4)
        turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
        affine[:3, :3] = turn @ affine[:3, :3]
    return affine


def ball() -> np.ndarray:
    """A bright ball of radius 7 voxels around CLICK in noisy air, (40, 44, 12) int16 HU."""
    distance = np.sqrt(
        ((np.indices((40, 44, 12)) - np.reshape(CLICK, (3, 1, 1, 1))) ** 2 * np.reshape([1, 1, 6], (3, 1, 1, 1))).sum(axis=0)
    )
    return np.rint(np.where(distance < 7, 40, -850) + np.random.default_rng(0).normal(0, 20, distance.shape)).astype(np.int16)
