"""Two real servers on one folder: nothing is lost between them, a full disk is a sentence, and SIGTERM ends one of them gracefully."""

from __future__ import annotations

import resource
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import requests

from benchmarks.kill_nine import server as process_of
from ssb.annotations.store import AnnotationStore
from ssb.audit import AuditReading, audit_folder
from ssb.volumes import write_nifti
from ssb_app.stopping import FINISH_SECONDS, Stopping, StoppingError
from tests.ssb_app.conftest import AFFINE, CLICK, SHAPE, Server

Second = tuple[str, subprocess.Popen[bytes]]


def made(seed: int) -> np.ndarray:
    """A box with a corner of its own."""
    mask = np.zeros(SHAPE, dtype=bool)
    mask[10:20, 20:30, 2:6] = True
    mask.flat[seed] = True
    return mask


def submit(address: str, folder: Path, seed: int, rater: str = "both") -> requests.Response:
    file = write_nifti(folder / f"{seed}.nii.gz", made(seed), AFFINE)
    with file.open("rb") as content:
        form = {"rater": rater, "sample_set": str(seed)}
        return requests.post(f"{address}/ssb/annotations/axial", data=form, files={"file": (file.name, content)}, timeout=60)


@pytest.fixture(scope="module")
def second(server: Server, studies: Path, checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Second]:
    """Another server on the same folder as `server`."""
    with process_of(studies, tmp_path_factory.mktemp("second") / "server.log", checkpoint) as found:
        yield found


@pytest.fixture(scope="module")
def store(studies: Path) -> AnnotationStore:
    return AnnotationStore(studies / ".ssb" / "annotations")


def test_both_take_submissions_of_one_rater_and_none_is_lost(server, second, store, tmp_path):
    answers: dict[int, dict] = {}

    def submit_some(address: str, first: int) -> None:
        for seed in range(first, first + 4):
            answers[seed] = submit(address, tmp_path, seed).json()

    threads = [threading.Thread(target=submit_some, args=(address, 10 * n)) for n, address in enumerate((server.address, second[0]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = {one.version: one for one in store.versions("axial", "both")}
    assert sorted(answer["version"] for answer in answers.values()) == sorted(kept) == list(range(1, 9))
    for seed, answer in answers.items():
        np.testing.assert_array_equal(store.read(kept[answer["version"]]).array, made(seed))
    reading = AuditReading(audit_folder(store.root))
    recorded = [line.detail["version"] for line in reading.lines() if line.who == "both"]
    assert (sorted(recorded), reading.problems, len(reading.last)) == (sorted(kept), [], 1)


def test_a_full_disk_is_a_sentence_and_the_server_goes_on(second, store, tmp_path):
    address, process = second
    limits = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        refused = submit(address, tmp_path, 30, "full")
        assert (refused.status_code, refused.json()) == (
            507,
            {"detail": "The server's disk is full, so nothing was kept: tell its administrator."},
        )
        assert requests.get(f"{address}/ssb/health", timeout=60).status_code == 200
        ready = requests.get(f"{address}/ssb/ready", timeout=60)
        assert ready.status_code == 503
        assert ready.json()["checks"]["annotations"]["sentence"] == "The folder of the annotations cannot be written: file too large."
        assert requests.get(f"{address}/ssb/images/axial/volume.nii", timeout=60).status_code == 200
    finally:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits)
    assert submit(address, tmp_path, 31, "full").json()["version"] == 1
    reading = AuditReading(audit_folder(store.root))
    assert [line.outcome for line in reading.lines() if line.who == "full"] == [200]
    assert reading.problems == []
    assert not any("could not be written" in note for note in reading.notes)
    seen = [(line.action, line.outcome) for line in AuditReading(audit_folder(store.root)).lines()][-3:]
    submitted = "POST /ssb/annotations/{image}"
    assert seen == [(submitted, 507), ("GET /ssb/images/{image}/volume.nii", 200), (submitted, 200)]


def test_sigterm_finishes_submissions_drops_sampling_and_ends_soon(second, store, tmp_path):
    address, process = second
    dropped: list[requests.Response] = []
    submitted: list[requests.Response] = []
    body = {"image": "axial", "point": list(CLICK), "samples": 8, "nfe": 20, "progress": "long"}
    sampling = threading.Thread(target=lambda: dropped.append(requests.post(f"{address}/ssb/sample_sets", json=body, timeout=120)))
    sampling.start()
    while not requests.get(f"{address}/ssb/progress/long", timeout=60).json()["running"]:
        time.sleep(0.05)
    submitting = threading.Thread(target=lambda: submitted.append(submit(address, tmp_path, 40, "last")))
    submitting.start()
    while not any(thread is submitting and thread.is_alive() for thread in threading.enumerate()):
        time.sleep(0.01)
    time.sleep(0.2)
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    sampling.join()
    submitting.join()
    assert process.wait(FINISH_SECONDS + 20) in (-signal.SIGTERM, 128 + signal.SIGTERM)
    assert time.monotonic() - started < FINISH_SECONDS
    assert (dropped[0].status_code, dropped[0].json()["detail"]) == (
        503,
        "The server is being stopped: ask again once it runs, in a minute or so.",
    )
    assert submitted[0].status_code == 200
    np.testing.assert_array_equal(store.read(store.latest("axial", "last")).array, made(40))
    assert [line.outcome for line in AuditReading(audit_folder(store.root)).lines() if line.who == "last"] == [200]


def test_work_that_asks_ends_once_the_server_stops():
    stopping, heard = Stopping(), []
    progress = stopping.checked(heard.append)
    progress(0.5)
    stopping.begin()
    with pytest.raises(StoppingError):
        progress(0.6)
    with pytest.raises(StoppingError):
        stopping.checked(None)(0.1)
    assert heard == [0.5]
