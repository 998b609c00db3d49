"""MONAI's training engine around `ssb.training.Trainer`: it counts epochs, calls handlers, and writes what TensorBoard shows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ignite.engine import Events
from monai.engines import Trainer as Engine
from monai.handlers import TensorBoardStatsHandler

from ssb.datasets.batches import Batch, draw_batch
from ssb.datasets.crops import CropSet
from ssb.distributed import agreed, process_count, process_number
from ssb.training import Trainer

RATERS = 4
"""Masks of a crop in a batch (our choice, as many as LIDC has): sites' crops have 1 to 8 raters, see `draw_batch`."""

ENDLESS = 10**9


def retraining_engine(trainer: Trainer, crops: CropSet, stop: Callable[[], bool], events: Path | None) -> Engine:
    """An engine that runs `trainer` on batches of the crops until its schedule is done or `stop()` is true, which is asked after each step.

    An epoch is as many steps as the crops fill batches. Of several processes each takes its share of a batch; the first decides when to
    end. The state's output is {"loss": float, "rate": float}; TensorBoard's files are written into `events`, none where it is None.
    """
    size = max(1, trainer.schedule.batch // process_count())

    def batches() -> Iterator[Batch]:
        while True:
            yield draw_batch(crops, trainer.method.preset, size, trainer.schedule.seed, trainer.step, raters=RATERS, part=process_number())

    def advance(engine: Any, batch: Batch) -> dict[str, float]:
        rate = trainer.schedule.rate_at(trainer.step, trainer.spent)
        return {"loss": trainer.advance(batch), "rate": rate}

    epoch_length = max(1, round(len(crops) / trainer.schedule.batch))
    engine = Engine(trainer.method.device, ENDLESS, batches(), epoch_length, iteration_update=advance, decollate=False)
    engine.state.iteration, engine.state.epoch = trainer.step, trainer.step // epoch_length
    since = time.monotonic()

    def count(engine: Engine) -> None:
        nonlocal since
        now = time.monotonic()
        spent, stopped = agreed(trainer.spent + now - since, float(stop()), device=trainer.method.device)
        trainer.spent, since = spent, now
        if trainer.done >= 1 or stopped:
            engine.terminate()

    engine.add_event_handler(Events.ITERATION_COMPLETED, count)
    if events is not None:
        TensorBoardStatsHandler(log_dir=str(events), output_transform=lambda output: output).attach(engine)
    return engine
