"""What tests of every part share: the real data, and a tiny network trained for seconds on made discs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from ssb.bridge_method import BridgeMethod
from ssb.checkpoint import Model, load_model
from ssb.datasets.lidc import LidcCrops
from ssb.presets import PRESETS
from ssb.training import Schedule, train
from ssb.volumes.volume import Volume


@contextmanager
def matrix_tiles(there: bool) -> Iterator[None]:
    """Compute as on a CPU with or without matrix tiles (AMX), in bfloat16 or in float32."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: there)
        yield


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Compute with that many threads in this process."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@pytest.fixture
def single_precision() -> Iterator[None]:
    """For comparisons that hold in float32 only."""
    with matrix_tiles(False):
        yield


@pytest.fixture(scope="session")
def discs() -> LidcCrops:
    """Twelve made crops: a bright disc of radius 4 to 9 that the raters draw one pixel too small, right, one too large, or not at all."""
    made = object.__new__(LidcCrops)
    rng = np.random.default_rng(0)
    distance = np.hypot(*(np.indices((128, 128)) - 64))
    radii = [4 + n % 6 for n in range(12)]
    made.split, made.patients, made.nodules, made.slices = "train", ["p"] * 12, ["n"] * 12, list(range(12))
    made.images = np.stack([np.clip((distance < r) * 200 + rng.integers(0, 40, distance.shape), 0, 255).astype(np.uint8) for r in radii])
    made.bits = np.stack([sum(((distance < r - 1 + s).astype(np.uint8) << s) for s in range(3)) for r in radii]).astype(np.uint8)
    return made


@pytest.fixture(scope="session")
def checkpoint(discs: LidcCrops, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    schedule = Schedule(steps=150, batch=8, rate=1e-2, warmup=10, ema=0.9)
    with matrix_tiles(False), torch_threads(1):
        return train(discs, BridgeMethod(PRESETS["tiny"]), schedule, tmp_path_factory.mktemp("model"), name="tiny-1")


@pytest.fixture(scope="session")
def model(checkpoint: Path) -> Model:
    return load_model(checkpoint)


@pytest.fixture
def volume() -> Volume:
    """A bright ball of radius 5 mm in air with some noise, 40 x 44 x 12 voxels of 0.7 x 0.7 x 2 mm, centre (20, 24, 6)."""
    rng = np.random.default_rng(0)
    grid = np.indices((40, 44, 12)).astype(float) - np.array([20, 24, 6]).reshape(3, 1, 1, 1)
    distance = np.sqrt(((grid * np.array([0.7, 0.7, 2.0]).reshape(3, 1, 1, 1)) ** 2).sum(axis=0))
    array = np.where(distance < 5, 40, -850) + rng.normal(0, 20, distance.shape)
    return Volume(array.astype(np.float32), np.diag([0.7, 0.7, 2.0, 1.0]), "ball")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real data, outside the repository; the test is skipped where it is absent."""
    folder = Path(os.environ.get("SSB_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"needs the real data in {folder} (or SSB_SHARED_DATA)")
    return folder
