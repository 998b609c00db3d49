"""Made sample sets on an axial, an oblique and a flipped grid."""

from collections.abc import Callable

import numpy as np
import pytest

from ssb.plausible import Box, Request, SampleSet
from ssb.volumes.volume import Volume

SHAPE = (40, 36, 14)
CENTRE = (22, 15, 6)
SPACING = np.array([0.7, 0.9, 2.5])
MakeSet = Callable[..., SampleSet]


def oblique_directions() -> np.ndarray:
    """A turn by 0.4 rad about z, then by 0.3 rad about x."""
    c, s = np.cos(0.4), np.sin(0.4)
    about_z = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    c, s = np.cos(0.3), np.sin(0.3)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ about_z


def affine_of(directions: np.ndarray) -> np.ndarray:
    affine = np.eye(4)
    affine[:3, :3] = directions * SPACING
    affine[:3, 3] = (-81.5, 12.25, -140.0)
    return affine


GRIDS = {"axial": affine_of(np.eye(3)), "oblique": affine_of(oblique_directions()), "flipped": affine_of(np.diag([-1.0, -1.0, 1.0]))}


@pytest.fixture
def oblique_affine() -> np.ndarray:
    return GRIDS["oblique"].copy()


@pytest.fixture(params=GRIDS)
def affine(request: pytest.FixtureRequest) -> np.ndarray:
    return GRIDS[request.param].copy()


def ball(radius_mm: float) -> np.ndarray:
    """Bool SHAPE: voxels within `radius_mm` of CENTRE."""
    steps = (np.indices(SHAPE).astype(float) - np.reshape(CENTRE, (3, 1, 1, 1))) * SPACING.reshape(3, 1, 1, 1)
    return (steps**2).sum(axis=0) < radius_mm**2


@pytest.fixture
def make_set() -> MakeSet:
    """make_set(radii, affine): one ball a radius (mm), an empty mask for radius 0."""

    def make(radii: tuple[float, ...], affine: np.ndarray, notes: tuple[str, ...] = ()) -> SampleSet:
        masks = np.stack([ball(radius) for radius in radii])
        at = np.concatenate([np.argwhere(masks.any(axis=0)), [CENTRE]])
        low, high = at.min(axis=0), at.max(axis=0) + 1
        box = Box(start=tuple(int(v) for v in low), stop=tuple(int(v) for v in high))
        request = Request(point=CENTRE, samples=len(radii), nfe=8, guidance=0.5, seed=3)
        return SampleSet(masks[(slice(None), *box.slices)], box, SHAPE, affine, request, "lung_nodule_ct-1", "ball", notes, 1.5)

    return make


@pytest.fixture
def volume(affine: np.ndarray) -> Volume:
    """The ball of 6 mm in air, with noise, in Hounsfield units."""
    noise = np.random.default_rng(0).normal(0, 20, SHAPE)
    return Volume((np.where(ball(6.0), 30, -860) + noise).astype(np.int16), affine, "ball")
