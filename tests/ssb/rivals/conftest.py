"""Every rival trained for a moment on the made discs."""

from collections.abc import Callable

import pytest
import torch

from ssb.datasets.batches import draw_batch
from ssb.datasets.lidc import LidcCrops
from ssb.method import Method
from ssb.presets import PRESETS
from ssb.rivals import rival
from ssb.training import Schedule, Trainer


@pytest.fixture(scope="session")
def taught(discs: LidcCrops) -> Callable[[str, int], tuple[Method, list[float]]]:
    """A rival of some kind after some steps, in evaluation mode, and its losses."""

    def teach(kind: str, steps: int) -> tuple[Method, list[float]]:
        torch.manual_seed(0)
        preset = PRESETS["tiny"]
        trainer = Trainer(rival(kind, preset), Schedule(steps=steps, batch=8, warmup=5, rate=1e-2))
        losses = [trainer.advance(draw_batch(discs, preset, 8, 0, step)) for step in range(steps)]
        return trainer.method.eval(), losses

    return teach
