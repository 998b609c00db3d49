"""A server under mixed work that is killed, and whose disk and PACS fail: is every acknowledged annotation there, bit for bit?

    .venv/bin/python benchmarks/soak.py [--minutes 30] [--clients 8] [--kill-every 60] -o OUT

Clients sample, click as stock clients do, submit, read, list, train, and switch the model, while the server gets kill -9 every minute,
its disk is full for some seconds (RLIMIT_FSIZE), and the PACS restarts. The images come from an Orthanc where one is installed, else
from a folder. Written to OUT/soak.json: requests by kind and status, faults, annotations acknowledged and found, the longest wait.
The network is the preset `tiny` without training, so that two cores serve eight clients: what is tried is the server.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import requests
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps"), str(ROOT)]

from tqdm import tqdm  # noqa: E402 (needs the path above)

from benchmarks.kill_nine import kill_all, serving  # noqa: E402
from benchmarks.soak_checks import Found, check_all  # noqa: E402
from benchmarks.soak_client import Client, Plan, Shared  # noqa: E402
from ssb.annotations.store import AnnotationStore  # noqa: E402
from ssb.atomic import replaced  # noqa: E402
from ssb.checkpoint import save_model  # noqa: E402
from ssb.gate import Verdict  # noqa: E402
from ssb.network import BridgeNetwork  # noqa: E402
from ssb.presets import PRESETS  # noqa: E402
from ssb.versions import Versions  # noqa: E402
from ssb.volumes import write_dicom_series, write_nifti  # noqa: E402
from ssb_app.server_process import free_port  # noqa: E402
from tests.orthanc_server import PLUGINS, PROGRAM, running_orthanc  # noqa: E402
from tests.site_made import made_site  # noqa: E402

IMAGES = 10
FAULT_SECONDS = 4.0
LEAST_SECONDS = 5.0
"""A life of the server is at least so long after it answers, on a machine where it starts slowly."""


@dataclass
class Site:
    """Where everything lies. studies: a folder, or the address of the PACS, whose own files lie in `pacs` and whose port is `port`."""

    work: Path
    annotations: Path
    models: Path
    images: list[str]
    studies: str = ""
    pacs: Path | None = None
    port: int = 0

    @property
    def options(self) -> list[str]:
        """Those of `serve`."""
        return ["--studies", self.studies, "--annotations", str(self.annotations), "--models", str(self.models)]

    @contextmanager
    def running_pacs(self) -> Iterator[None]:
        """The PACS, where the site has one."""
        with ExitStack() as stack:
            if self.pacs is not None:
                stack.enter_context(running_orthanc(self.pacs, self.port))
            yield


@dataclass
class Faults:
    """What was done to the server."""

    kills: int = 0
    full_disks: int = 0
    pacs_restarts: int = 0
    damaged_models: int = 1
    start_seconds: list[float] = field(default_factory=list)


def make_site(work: Path) -> Site:
    """Ten images of a ball that two raters drew, three model versions, one of them damaged, and an Orthanc where there is one."""
    annotations = work / "annotations" / "store"
    with_pacs = PROGRAM is not None and bool(PLUGINS)
    ids = made_site(work / "unused" / "store", IMAGES)
    site = Site(work, annotations, _models(work / "models"), [])
    if with_pacs:
        site.pacs, site.port = work / "pacs", free_port()
        site.pacs.mkdir()
        site.studies = f"http://127.0.0.1:{site.port}/dicom-web"
    else:
        site.studies = str(work / "studies")
        Path(site.studies).mkdir()
    series: dict[str, Path] = {}
    for name in ids.radii:
        volume = ids.volume(name)
        volume.array[:] = np.rint(volume.array)
        if with_pacs:
            folder = write_dicom_series(volume, work / "dicom" / name, seed_uid=name)
            series[_uid(folder)] = folder
        else:
            write_nifti(Path(site.studies) / f"{name}.nii.gz", volume.array.astype(np.int16), volume.affine)
            series[name] = work
    site.images = list(series)
    if with_pacs:
        _fill(site, list(series.values()))
    store = AnnotationStore(annotations)
    for image, name in zip(series, ids.radii, strict=True):
        for rater in ("anna", "ben"):
            first = ids.store.versions(name, rater)[0]
            store.submit(image, rater, ids.store.read(first).array, ids.store.read(first).affine, first.origin)
    return site


def _models(folder: Path) -> Path:
    """A shipped version and two of the site, the second damaged."""
    folder.mkdir()
    for number in (1, 2):
        torch.manual_seed(number)
        network = BridgeNetwork(PRESETS["tiny"].network)
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                if name.startswith("head.2"):
                    parameter.fill_(0.25 if name.endswith("weight") else -0.2)
        save_model(folder / f"lung_nodule_ct-{number}.safetensors", network, PRESETS["tiny"], f"lung_nodule_ct-{number}")
    versions = Versions(folder)
    second = folder / "lung_nodule_ct-2.safetensors"
    for _ in range(2):
        versions.add(second, Verdict(True, "Made for the soak.", {}), {"raters": [], "images": []})
    second.unlink()
    damaged = versions.list()[-1].checkpoint
    damaged.write_bytes(damaged.read_bytes()[:-1000])
    return folder


def _uid(folder: Path) -> str:
    return str(pydicom.dcmread(next(folder.glob("*.dcm")), stop_before_pixels=True).SeriesInstanceUID)


def _fill(site: Site, folders: list[Path]) -> None:
    with site.running_pacs():
        for file in (file for folder in folders for file in folder.glob("*.dcm")):
            requests.post(site.studies.replace("/dicom-web", "/instances"), data=file.read_bytes(), timeout=60).raise_for_status()


@contextmanager
def full_disk(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """No file of the server can grow any more."""
    limits = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        if process.poll() is None:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits)


def one_life(site: Site, port: int, every: float, end: float, faults: Faults, rng: np.random.Generator, log: Path) -> None:
    """Start the server, let its disk fill or its PACS restart somewhere in between, and kill it."""
    started = time.monotonic()
    with ExitStack() as pacs:
        pacs.enter_context(site.running_pacs())
        with serving(site.options, port, log) as (_, process):
            faults.start_seconds.append(round(time.monotonic() - started, 1))
            last = max(min(started + every, end), time.monotonic() + LEAST_SECONDS)
            time.sleep((last - time.monotonic()) * rng.uniform(0.1, 0.4))
            if site.pacs is not None and rng.random() < 0.5:
                pacs.close()
                time.sleep(FAULT_SECONDS / 2)
                pacs.enter_context(site.running_pacs())
                faults.pacs_restarts += 1
            elif last - time.monotonic() > FAULT_SECONDS:
                with full_disk(process):
                    time.sleep(FAULT_SECONDS)
                faults.full_disks += 1
            time.sleep(max(0.0, last - time.monotonic()))
            kill_all(process)
            faults.kills += 1


def soak(minutes: float, clients: int, every: float, out: Path) -> dict[str, Any]:
    """The figures; see the file's head."""
    with tempfile.TemporaryDirectory(prefix="ssb-soak-") as folder:
        work = Path(folder)
        os.environ["MONAI_LABEL_DICOMWEB_CACHE_PATH"] = str(work / "cache")
        site, port, faults, rng = make_site(work), free_port(), Faults(), np.random.default_rng(0)
        log = out / "soak-server.log"
        log.unlink(missing_ok=True)
        names = [version.name for version in Versions(site.models).list()]
        shared = Shared(Plan(f"http://127.0.0.1:{port}", site.images, names))
        threads = [Client(shared, number, work / f"client-{number}") for number in range(clients)]
        started, end = time.monotonic(), time.monotonic() + 60 * minutes
        for thread in threads:
            thread.start()
        try:
            with tqdm(total=round(60 * minutes), unit="s", desc="soak") as bar:
                while time.monotonic() < end:
                    one_life(site, port, every, end, faults, rng, log)
                    bar.update(min(bar.total, round(time.monotonic() - started)) - bar.n)
        finally:
            shared.ended.set()
            for thread in threads:
                thread.join()
        with site.running_pacs(), serving(site.options, port, log) as (address, _):
            listed = requests.get(f"{address}/ssb/annotations", timeout=120).json()["images"]
        return figures(shared, faults, check_all(site.work, site.annotations, shared.acknowledged, listed), minutes, clients, site)


def figures(shared: Shared, faults: Faults, found: Found, minutes: float, clients: int, site: Site) -> dict[str, Any]:
    """All of it as JSON."""
    kinds: dict[str, Counter[str]] = {}
    for (kind, status), count in shared.answers.items():
        kinds.setdefault(kind, Counter())[status] += count
    by_status: Counter[str] = sum(kinds.values(), Counter())
    return {
        "minutes": minutes,
        "clients": clients,
        "images_from": "Orthanc" if site.pacs else "folder",
        "requests_answered": sum(count for status, count in by_status.items() if status.isdigit()),
        "requests": {kind: dict(sorted(statuses.items())) for kind, statuses in sorted(kinds.items())},
        "answers_by_status": dict(sorted(by_status.items())),
        "refused_without_a_sentence": sorted(shared.wordless),
        "errors_of_status_500": sorted(shared.errors),
        "faults": {key: value for key, value in asdict(faults).items() if key != "start_seconds"},
        "longest_start_seconds": max(faults.start_seconds, default=0.0),
        "acknowledged": len(shared.acknowledged),
        **asdict(found),
        "sample_sets_compared": shared.compared,
        "sample_sets_changed": shared.changed,
        "longest_wait_seconds": {kind: round(seconds, 2) for kind, seconds in sorted(shared.longest.items())},
        "longest_time_without_a_server_seconds": round(shared.longest_gap, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--kill-every", metavar="SECONDS", type=float, default=60)
    parser.add_argument("-o", "--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    found = soak(arguments.minutes, arguments.clients, arguments.kill_every, arguments.out)
    with replaced(arguments.out / "soak.json") as path:
        path.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
