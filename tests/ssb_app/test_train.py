"""The trainer task, from the stock client's buttons."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from monailabel.client import MONAILabelClient

from ssb.retraining.progress import DONE, INTERRUPTED, STOPPED, TRAINING, read_progress
from ssb.retraining.site import RUN
from ssb.versions import Versions
from ssb.volumes import write_nifti
from ssb_app.server_process import running_server
from tests.model_folders import make_model_folder
from tests.site_made import made_site

PATIENCE = 120.0


@pytest.fixture(scope="module")
def annotated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Studies of ten balls that anna and ben annotated."""
    folder = tmp_path_factory.mktemp("annotated")
    site = made_site(folder / ".ssb" / "annotations", 10, lambda n: {"anna": 2.0, "ben": 3.0})
    for image in site.radii:
        volume = site.volume(image)
        write_nifti(folder / f"{image}.nii.gz", volume.array.astype("int16"), volume.affine)
    return folder


@pytest.fixture(scope="module")
def versions(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Versions:
    return Versions(make_model_folder(tmp_path_factory.mktemp("models"), checkpoint))


def wait(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def stats(client: MONAILabelClient) -> dict[str, Any]:
    return dict(client.info()["train_stats"]["ssbpp"])


def trains(client: MONAILabelClient) -> bool:
    return stats(client).get("state") == TRAINING and "left" in stats(client)["message"]


@pytest.mark.timeout(600)
def test_training_shows_progress_stops_goes_on_and_survives_a_restart(annotated: Path, versions: Versions, tmp_path: Path) -> None:
    run = annotated / ".ssb" / "annotations-retraining" / RUN
    with running_server(annotated, tmp_path / "log", models=versions.folder) as address:
        client = MONAILabelClient(address)
        config = client.info()["trainers"]["ssbpp"]["config"]
        assert config["raters"] == ["all", "anna", "ben"] and config["freeze"][0] == "nothing" and config["minutes"] == 15
        assert stats(client) == {}

        client.train_start("ssbpp", {**config, "minutes": 30, "batch": 2, "validation": 0.4})
        wait(lambda: trains(client))
        status = client.train_status()
        assert status["status"] == "RUNNING" and any("left" in line for line in status["details"])
        told = stats(client)
        assert told["seconds_left"] > 0 and told["total_epochs"] >= told["epoch"] and 0 <= told["best_metric"] <= 1
        assert client.train_stop()["status"] == "STOPPED"
        assert client.train_status()["status"] == "STOPPED" and (run / "state.safetensors").is_file()
        stopped = read_progress(run)
        assert stopped is not None and stopped.state == STOPPED

        client.train_start("ssbpp", {"minutes": 30, "batch": 2, "validation": 0.4})
        wait(lambda: trains(client))
        # Its output is read by another process than its progress.
        wait(lambda: any("The run goes on after step" in line for line in client.train_status()["details"]))
        assert stats(client)["share"] > 0
    interrupted = read_progress(run)
    assert interrupted is not None and interrupted.state == INTERRUPTED and interrupted.step >= stopped.step

    with running_server(annotated, tmp_path / "log", models=versions.folder) as address:
        client = MONAILabelClient(address)
        wait(lambda: trains(client))
        resumed = read_progress(run)
        assert resumed is not None and resumed.step >= interrupted.step
        client.train_stop()
        assert len(versions.list()) == 1

        client.train_start("ssbpp", {"epochs": 1, "validation": 0.4})
        wait(lambda: client.train_status()["status"] in ("DONE", "ERROR"))
        assert client.train_status()["status"] == "DONE"
        assert stats(client)["state"] == DONE and stats(client)["total_time"]
        made = versions.list()[-1]
        assert made.facts["raters"] == ["anna", "ben"] and made.reason
        assert (versions.current() == made.checkpoint) == made.published
        assert not set(made.facts["images"]) & set(made.facts["images_held_out"])

        client.train_start("ssbpp", {"minutes": 0})
        wait(lambda: client.train_status()["status"] == "ERROR")
        assert any("The option minutes is 0" in line for line in client.train_status()["details"])
    with running_server(annotated, tmp_path / "log", models=versions.folder) as address:
        client = MONAILabelClient(address)
        with pytest.raises(Exception, match="No Train Tasks Found"):
            client.train_status()
