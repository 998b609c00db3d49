"""A site retrains itself: from all annotations in the store to a judged version of the model."""

from __future__ import annotations

import fcntl
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING, Any

from ssb.annotations.store import AnnotationStore
from ssb.checkpoint import load_model
from ssb.errors import SSBError
from ssb.options import SAMPLES, Options
from ssb.retraining.cutting import SiteCrops, site_crops
from ssb.retraining.plan import Plan
from ssb.retraining.progress import CUTTING, DONE, FAILED, INTERRUPTED, JUDGING, STOPPED, Progress, in_words
from ssb.retraining.run import BY_END, BY_USER, STOP, Task, ask_to_stop, fine_tune, forget, stop_asked
from ssb.volumes.volume import Volume

if TYPE_CHECKING:
    from ssb.versions import Version, Versions

CROPS, RUN, LOCK = "crops", "run", "lock"
logger = logging.getLogger(__name__)


class BusyError(SSBError):
    """The site's folder is used by another retraining."""

    status = 409


@dataclass(frozen=True)
class Site:
    """Where a site's retraining takes its data from and puts its results.

    volume_of: reads an image by its id. folder: of the crops and the run. versions: the model folder that the result is added to.
    pinned: a checkpoint that is served for good; the result is judged against it and kept, but not used. None: against the version in use,
    whose place it takes where the gate publishes it.
    """

    store: AnnotationStore
    volume_of: Callable[[str], Volume]
    folder: Path
    versions: Versions
    pinned: Path | None = None


def retrain(site: Site, start: Path, plan: Plan, device: str = "cpu", processes: int = 1) -> Version | None:
    """Cut, train, judge, and keep the result as a version, which is used from now on where the gate publishes it.

    It starts from the published weights of `start` and learns from all annotations, so that retraining again and again does not drift.
    A run that was stopped goes on where the plan and the start are the same; annotations that came meanwhile join it. Returns None where
    it was stopped. SIGTERM and SIGINT end it as an interruption: all that was done is saved.
    Errors: BusyError where another process retrains in the folder; those of `site_crops`, `fine_tune` and the gate.
    """
    run = site.folder / RUN
    run.mkdir(parents=True, exist_ok=True)
    with _alone(site.folder), _ending(run):
        progress = Progress(checkpoint=start.stem, plan=plan.as_dict())
        try:
            return _retrain(site, start, plan, device, processes, progress)
        except _StoppedError:
            reason = (run / STOP).read_text(encoding="utf-8").strip() or BY_USER
            progress.state = STOPPED if reason == BY_USER else INTERRUPTED
            progress.message = "Stopped: what was done is saved, and the next start with the same options goes on from there."
            logger.info(progress.message)
            return None
        except BaseException as error:
            progress.state, progress.message = FAILED, str(error) or type(error).__name__
            raise
        finally:
            progress.seconds_left = None
            progress.write(run)


class _StoppedError(Exception):
    """The file `stop` was found."""


def _retrain(site: Site, start: Path, plan: Plan, device: str, processes: int, progress: Progress) -> Version:
    run = site.folder / RUN

    def said(state: str, done: float, message: str) -> None:
        progress.state, progress.share, progress.message = state, done, message
        progress.write(run)
        if stop_asked(run):
            raise _StoppedError

    def cut(done: int, of: int) -> None:
        said(CUTTING, done / of, f"Cutting crops: image {done} of {of}")

    preset = load_model(start).preset
    crops = site_crops(
        site.store, site.volume_of, site.folder / CROPS, preset, raters=plan.raters, validation=plan.validation, on_progress=cut
    )
    for one in crops.skipped:
        logger.warning(f"Left out {one.id}: {one.reason}")
    logger.info(
        f"{len(crops.training)} crops of {len(set(crops.training.patients))} images to learn from, {len(crops.held_out)} of "
        f"{len(set(crops.held_out.patients))} images held out, raters {', '.join(crops.raters)}."
    )
    made = fine_tune(Task(crops.training, crops.held_out, start, plan, run), progress, device, processes)
    if made is None:
        raise _StoppedError
    version = _judge(site, made, crops, device, said)
    forget(run)
    verb = "is used from now on" if version.published and site.pinned is None else "is kept but not used"
    progress.state, progress.share = DONE, 1.0
    progress.message = f"The model {version.name} {verb}, after {in_words(progress.seconds)} of training: {version.reason}"
    logger.info(progress.message)
    return version


def _judge(site: Site, made: Path, crops: SiteCrops, device: str, said: Callable[[str, float, str], None]) -> Version:
    """The one place that asks the gate and adds a version."""
    from ssb.gate import judge

    old, new = load_model(site.pinned or site.versions.current(), device), load_model(made, device)
    preset = new.preset
    options = Options(int(SAMPLES.default or 0), preset.nfe, preset.guidance, 0)
    verdict = judge(
        old, new, crops.held_out, options, on_progress=lambda done: said(JUDGING, done, f"Judging on held-out images: {done:.0%}")
    )
    facts: dict[str, Any] = {
        **new.header["site"],
        "raters": list(crops.raters),
        "images_left_out": [f"{one.id}: {one.reason}" for one in crops.skipped],
        "images_without_lesion": list(crops.empty),
    }
    version = site.versions.add(made, verdict, facts)
    if version.published and site.pinned is None:
        site.versions.use(version.name)
    return version


@contextmanager
def _alone(folder: Path, patience: float = 2.0) -> Iterator[None]:
    """Hold the folder's lock, which a killed process gives back. patience: seconds, since whoever asks `is_busy` holds it for a moment."""
    deadline = time.monotonic() + patience
    with (folder / LOCK).open("w") as file:
        while not _locked(file):
            if time.monotonic() > deadline:
                raise BusyError(f"Another retraining is at work in {folder}: wait for its end or stop it.")
            time.sleep(0.05)
        yield


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_busy(folder: Path) -> bool:
    """Whether some process retrains in the folder."""
    try:
        with _alone(folder, patience=0.0):
            return False
    except FileNotFoundError:
        return False
    except BusyError:
        return True


@contextmanager
def _ending(run: Path) -> Iterator[None]:
    """Forget an earlier request to stop; while the block runs, SIGTERM and SIGINT ask for a stop in place of killing."""
    (run / STOP).unlink(missing_ok=True)

    def leave(number: int, frame: FrameType | None) -> None:
        ask_to_stop(run, BY_END)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
