"""The routes of the model's versions, on a server with a model folder of its own."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ssb.versions import Versions
from ssb_app.server_process import MAIN, running_server
from tests.model_folders import FACTS, PASSED, REFUSED, changed_copy, make_model_folder

ORDER = {"image": "axial", "point": [17, 27, 4], "samples": 3, "nfe": 2}


@pytest.fixture(scope="module")
def versions(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Versions:
    """lung_nodule_ct-1 shipped (its model calls itself tiny-1); tiny-site-1 passed; tiny-site-2 refused."""
    folder = tmp_path_factory.mktemp("models")
    found = Versions(make_model_folder(folder / "models", checkpoint))
    tuned = changed_copy(checkpoint, folder / "tuned.safetensors")
    found.add(tuned, PASSED, FACTS)
    found.add(tuned, REFUSED, FACTS)
    return found


@pytest.fixture(scope="module")
def switching(server: Any, studies: Path, versions: Versions, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server that follows the model folder."""
    log = tmp_path_factory.mktemp("switching") / "server.log"
    with running_server(studies, log, models=versions.folder) as address:
        yield dataclasses.replace(server, address=address)


@pytest.fixture(autouse=True)
def back(versions: Versions) -> None:
    versions.use("lung_nodule_ct-1")


def test_versions_are_listed_and_shown(switching: Any) -> None:
    status, found = switching.ask("/ssb/models")
    assert status == 200
    assert (found["in_use"], found["problem"]) == ("tiny-1", "")
    rows = found["versions"]
    assert [(row["name"], row["status"], row["current"]) for row in rows] == [
        ("lung_nodule_ct-1", "shipped", True),
        ("tiny-site-1", "published", False),
        ("tiny-site-2", "refused", False),
    ]
    assert (rows[1]["ged_old"], rows[1]["ged_new"], rows[1]["raters"]) == (0.31, 0.25, 3)
    shown = switching.ask("/ssb/models/tiny-site-2")[1]
    assert (shown["reason"], shown["facts"], shown["checkpoint"]) == (REFUSED.reason, FACTS, "checkpoint.safetensors")


def test_use_switches_the_next_request_and_info_names_the_model(switching: Any) -> None:
    before = switching.ask("/ssb/sample_sets", ORDER)[1]
    status, told = switching.ask("/ssb/models/tiny-site-1/use", method="POST")
    assert (status, told["name"], told["current"]) == (200, "tiny-site-1", True)
    info = switching.ask("/info/")[1]
    assert (info["version"], info["checkpoint"]) == ("tiny-site-1", "tiny-site-1")
    after = switching.ask("/ssb/sample_sets", ORDER)[1]
    assert (before["checkpoint"], after["checkpoint"]) == ("tiny-1", "tiny-site-1")
    assert before["id"] != after["id"]
    assert switching.ask(f"/ssb/sample_sets/{before['id']}")[1] == before
    switching.ask("/ssb/models/lung_nodule_ct-1/use", method="POST")
    assert switching.ask("/ssb/sample_sets", ORDER)[1] == before


def test_the_command_line_in_another_process_switches_the_server(switching: Any, versions: Versions) -> None:
    assert switching.ask("/info/")[1]["checkpoint"] == "tiny-1"
    command = [sys.executable, str(MAIN), "models", "use", "tiny-site-1", "--models", str(versions.folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert switching.ask("/ssb/sample_sets", {**ORDER, "seed": 5})[1]["checkpoint"] == "tiny-site-1"


def test_a_refused_version_needs_force(switching: Any) -> None:
    status, answer = switching.ask("/ssb/models/tiny-site-2/use", method="POST")
    assert status == 422
    assert (
        answer["detail"]
        == f"The version tiny-site-2 was refused by the gate, so using it needs --force (over HTTP force=true): {REFUSED.reason}"
    )
    assert switching.ask("/ssb/models")[1]["in_use"] == "tiny-1"
    assert switching.ask("/ssb/models/tiny-site-2/use?force=true", method="POST")[0] == 200
    assert switching.ask("/ssb/models")[1]["in_use"] == "tiny-site-2"


@pytest.mark.parametrize(("path", "method"), [("/ssb/models/no", "GET"), ("/ssb/models/no/use", "POST")])
def test_an_unknown_version_gets_a_sentence(switching: Any, path: str, method: str) -> None:
    assert switching.ask(path, method=method) == (
        404,
        {"detail": "There is no model version 'no': choose one of lung_nodule_ct-1, tiny-site-1, tiny-site-2."},
    )


def test_a_server_with_a_checkpoint_of_its_own_does_not_switch(server: Any) -> None:
    found = server.ask("/ssb/models")[1]
    assert found["in_use"] == "tiny-1"
    name = found["versions"][0]["name"]
    status, answer = server.ask(f"/ssb/models/{name}/use", method="POST")
    assert (status, answer["detail"].split(":")[0]) == (422, "This server was started with a checkpoint of its own and keeps it")
