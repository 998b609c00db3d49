"""How far a run is: a small file that any process can read while another one trains."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ssb.atomic import replaced

PROGRESS = "progress.json"

CUTTING, TRAINING, JUDGING = "cutting", "training", "judging"
"""What a run that is at work does."""
STOPPED, INTERRUPTED, FAILED, DONE = "stopped", "interrupted", "failed", "done"
"""How a run ended: on request, by the end of its process or server, with an error, or whole. All but DONE can be taken up again."""


@dataclass
class Progress:
    """The state of a run.

    state: one of this module's words. message: one sentence for people. share: done, 0 to 1, of what `state` names. step, epoch, epochs:
    of the training, from 0; epochs in all as foreseen. loss: mean of the last steps. dice, ged: of the held-out crops, see
    `ssb.retraining.check`; best_dice: the highest so far. seconds: spent, over all its starts. seconds_left: as foreseen, None where not.
    started, updated: seconds since 1970. process: number of the process at work. checkpoint: the start's name. plan: see
    `ssb.retraining.plan.Plan`.
    """

    state: str = CUTTING
    message: str = ""
    share: float = 0.0
    step: int = 0
    epoch: int = 0
    epochs: int = 0
    loss: float | None = None
    dice: float | None = None
    ged: float | None = None
    best_dice: float | None = None
    seconds: float = 0.0
    seconds_left: float | None = None
    started: float = field(default_factory=time.time)
    updated: float = 0.0
    process: int = field(default_factory=os.getpid)
    checkpoint: str = ""
    plan: dict[str, Any] = field(default_factory=dict)

    def write(self, run: Path) -> None:
        """Put it into the run's folder."""
        self.updated = time.time()
        with replaced(run / PROGRESS) as path:
            path.write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")


def read_progress(run: Path) -> Progress | None:
    """The progress of a run; None where there is none that can be read."""
    try:
        found: dict[str, Any] = json.loads((run / PROGRESS).read_text(encoding="utf-8"))
        return Progress(**found)
    except (OSError, ValueError, TypeError):
        return None


def in_words(seconds: float | None) -> str:
    """A duration for people, such as "3 min 20 s"."""
    if seconds is None:
        return "an unknown time"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
