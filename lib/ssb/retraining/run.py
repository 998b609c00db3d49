"""One run of fine-tuning: from the published weights and crops to a checkpoint, stopped and taken up again at any time.

In the run's folder lie state.safetensors (saved every 15 seconds and at the end, so that even a killed process loses no more), plan.json
(what the state belongs to), progress.json, log.jsonl, events/ for TensorBoard, retrained.safetensors when the run is done, and `stop`,
a file that ends the run wherever it comes from.
"""

from __future__ import annotations

import json
import logging
import shutil
import signal
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ignite.engine import Events

from ssb.atomic import replaced
from ssb.bridge_method import BridgeMethod
from ssb.checkpoint import FORMAT, PUBLISHED, load_model, load_tensors, save_tensors, split_tensors
from ssb.datasets.crops import CropSet
from ssb.distributed import process_count, process_number, together
from ssb.errors import InputError
from ssb.identity import sha256_of
from ssb.retraining.adapter import PREFIX, RANK, adapt, changes_of
from ssb.retraining.check import check
from ssb.retraining.engine import ENDLESS, retraining_engine
from ssb.retraining.plan import Plan
from ssb.retraining.progress import TRAINING, Progress, in_words, read_progress
from ssb.training import Schedule, Trainer

STATE, PLAN, LOG, EVENTS, STOP, RESULT = "state.safetensors", "plan.json", "log.jsonl", "events", "stop", "retrained.safetensors"
BY_USER, BY_END = "stopped", "interrupted"
"""What the file `stop` says: somebody asked for it, or the process, its server or the machine ends, and the run should go on later."""

SAVE_SECONDS = 15.0
SAY_SECONDS = 5.0
CHECKS = 4
"""How often held-out crops are looked at, the start and the end included (our choice: some per cent of a quarter of an hour on a CPU)."""
WARMUP = 20

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """What a run learns from, and where it lies. start: the checkpoint whose published weights it starts from."""

    training: CropSet
    held_out: CropSet
    start: Path
    plan: Plan
    run: Path


def fine_tune(task: Task, progress: Progress, device: str = "cpu", processes: int = 1) -> Path | None:
    """Train, or go on where the folder holds an unfinished run of the same plan and start; None where it was stopped before its end.

    The result's header says under `site` what it was made of. processes: how many train together, one a GPU.
    """
    if not len(task.training):
        raise InputError("There is nothing to learn from: every image with a lesion is held out. Annotate more images.")
    prepare(task)
    result = task.run / RESULT
    if not result.is_file():
        work = partial(_work, task, progress)
        if processes > 1:
            together(processes, device, work)
            progress.__dict__.update(vars(read_progress(task.run) or progress))
        else:
            work(device)
    return result if result.is_file() else None


def prepare(task: Task) -> None:
    """Empty the run's folder unless its unfinished run has the same plan and start."""
    task.run.mkdir(parents=True, exist_ok=True)
    wanted = {"start": sha256_of(task.start), "plan": task.plan.as_dict()}
    try:
        known = json.loads((task.run / PLAN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = None
    if known != wanted:
        forget(task.run)
        with replaced(task.run / PLAN) as path:
            path.write_text(json.dumps(wanted) + "\n", encoding="utf-8")


def forget(run: Path) -> None:
    """Remove the state of a run, and its result, but not how far it is nor the wish to stop it."""
    for name in (STATE, PLAN, LOG, RESULT):
        (run / name).unlink(missing_ok=True)
    shutil.rmtree(run / EVENTS, ignore_errors=True)


def ask_to_stop(run: Path, why: str) -> None:
    """Let the run end after its step, its state saved. why: BY_USER or BY_END."""
    run.mkdir(parents=True, exist_ok=True)
    (run / STOP).write_text(why + "\n", encoding="utf-8")


def stop_asked(run: Path) -> bool:
    """Whether the file that ends the run is there."""
    return (run / STOP).exists()


def _work(task: Task, progress: Progress, device: str) -> None:
    """What every process does."""
    if process_count() > 1:
        # Their parent's end, or Ctrl-C, reaches the processes as SIGINT: the state is saved then.
        signal.signal(signal.SIGINT, lambda number, frame: ask_to_stop(task.run, BY_END))
    trainer = _trainer(task, device)
    if (task.run / STATE).is_file():
        trainer.restore(task.run / STATE)
        logger.info(f"The run goes on after step {trainer.step}.")
    first = process_number() == 0
    engine = retraining_engine(trainer, task.training, partial(stop_asked, task.run), task.run / EVENTS if first else None)
    if first:
        _Watch(task, trainer, progress).attach(engine)
    try:
        if trainer.done < 1:
            engine.run()
    finally:
        if first:
            trainer.save(task.run / STATE)
    if first and trainer.done >= 1:
        _write_result(task, trainer)


def _trainer(task: Task, device: str) -> Trainer:
    plan, model = task.plan, load_model(task.start, device, PUBLISHED)
    network = model.network.train()
    adapt(network, frozen=plan.freeze, seed=plan.seed)
    epoch = max(1, round(len(task.training) / plan.batch))
    schedule = Schedule(
        steps=plan.epochs * epoch if plan.epochs else ENDLESS,
        seconds=None if plan.epochs else 60 * plan.minutes,
        batch=plan.batch,
        rate=plan.learning_rate,
        warmup=WARMUP,
        seed=plan.seed,
    )
    return Trainer(BridgeMethod(model.preset, network), schedule)


def _write_result(task: Task, trainer: Trainer) -> None:
    tensors, header = load_tensors(task.start)
    published, _ = split_tensors(tensors)
    changes = {f"{PREFIX}{name}": value.cpu() for name, value in changes_of(trainer.average.network).items()}
    site = {
        "start": header["name"],
        "rank": RANK,
        "plan": task.plan.as_dict(),
        "images": sorted(set(task.training.patients)),
        "images_held_out": sorted(set(task.held_out.patients)),
        "crops": len(task.training),
        "steps": trainer.step,
        "seconds": round(trainer.spent, 1),
    }
    header = {**header, "format": FORMAT, "name": f"{header['name']}-retrained", "site": site}
    save_tensors(task.run / RESULT, published | changes, header)


class _Watch:
    """Saves, logs and tells how far the run is."""

    def __init__(self, task: Task, trainer: Trainer, progress: Progress) -> None:
        self.task, self.trainer, self.progress = task, trainer, progress
        self._saved = self._said = time.monotonic()
        self._looked = int(trainer.done * (CHECKS - 1)) if trainer.step else -1
        self._losses: list[float] = []

    def attach(self, engine: Any) -> None:
        engine.add_event_handler(Events.STARTED, self.look)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self.after_step)

    def after_step(self, engine: Any) -> None:
        self._losses.append(engine.state.output["loss"])
        now = time.monotonic()
        self.look(engine)
        if now - self._saved > SAVE_SECONDS:
            self.trainer.save(self.task.run / STATE)
            self._saved = time.monotonic()
        if now - self._said > SAY_SECONDS or self.trainer.done >= 1:
            self.say(engine)
            self._said = time.monotonic()

    def look(self, engine: Any) -> None:
        """Check the held-out crops where the next of the evenly spread times has come."""
        due = int(self.trainer.done * (CHECKS - 1))
        if due <= self._looked:
            return
        self._looked = due
        found = check(self.trainer.average, self.task.held_out, self.task.plan.seed)
        if found is not None:
            self.progress.dice, self.progress.ged = found.dice, found.ged
            self.progress.best_dice = max(found.dice, self.progress.best_dice or 0.0)
            engine.state.metrics |= {"held_out_dice": found.dice, "held_out_ged": found.ged}
            logger.info(f"Step {self.trainer.step}: held-out Dice {found.dice:.3f}, GED {found.ged:.3f}")

    def say(self, engine: Any) -> None:
        """Into the log and the run's files."""
        progress, trainer = self.progress, self.trainer
        done, length = trainer.done, engine.state.epoch_length
        progress.state, progress.share, progress.step = TRAINING, done, trainer.step
        progress.epoch = trainer.step // length
        progress.epochs = max(1, progress.epoch, round(trainer.step / length / max(done, 1e-6)))
        progress.seconds = trainer.spent
        progress.seconds_left = trainer.spent / done * (1 - done) if done else None
        progress.loss = sum(self._losses) / len(self._losses)
        progress.message = (
            f"Training: {done:.0%}, step {trainer.step}, epoch {progress.epoch} of about {progress.epochs}, loss {progress.loss:.4f}, "
            f"{in_words(progress.seconds_left)} left"
        )
        logger.info(progress.message)
        progress.write(self.task.run)
        line: dict[str, Any] = {"step": trainer.step, "done": round(done, 4), "loss": progress.loss, "seconds": round(trainer.spent, 1)}
        line |= {"dice": progress.dice, "ged": progress.ged, "rate": engine.state.output["rate"]}
        with (self.task.run / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        self._losses.clear()
