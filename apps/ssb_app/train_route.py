"""DELETE /train: the stop button, which saves what was done.

MONAI Label's own kills the process at once. Ours asks for the same role, lets the run save its state first, and kills only what does not
end by itself.
"""

from __future__ import annotations

import time
from typing import Any

from fastapi import Depends, FastAPI
from monailabel.endpoints import train as stock
from monailabel.interfaces.utils.app import app_instance
from monailabel.utils.async_tasks.utils import processes, tasks

from ssb_app.train import STOP_SECONDS, SiteTrainTask
from ssb_app.web import administrator, put_before


def stop_training() -> Any:
    """Stop the running training; the answer is its task, None where none runs."""
    running = [task for task in tasks("train") if task["id"] in processes("train")]
    if not running:
        return None
    own = app_instance()._trainers.get(running[0]["request"].get("model"))
    if not isinstance(own, SiteTrainTask):
        return stock.stop()
    # MONAI Label calls a process that ends by itself done, unless its task says otherwise already.
    running[0]["status"] = "STOPPED"
    ended = own.stop() and wait_for(running[0]["id"])
    # Else it has only begun to start, or hangs.
    if not ended:
        stock.stop()
    return running[0]


def interrupt_training() -> None:
    """Let the training processes of this server save their state, which it would wait for; its next start goes on with them."""
    for number, process in list(processes("train").items()):
        process.terminate()
        if not wait_for(number):
            process.kill()


def wait_for(number: str) -> bool:
    """Wait until a training process has ended; whether it did in time."""
    deadline = time.monotonic() + STOP_SECONDS
    while number in processes("train"):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def save_before_stop(app: FastAPI) -> None:
    """Put our route before MONAI Label's own."""
    put_before(app, "/train/", stop_training, "DELETE", [Depends(administrator)])
