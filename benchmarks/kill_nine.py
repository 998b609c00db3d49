"""Kill -9 of the running server while two raters submit: is every annotation that it acknowledged there, bit for bit?

    .venv/bin/python benchmarks/kill_nine.py [--kills 50] -o OUT

Each life of the server ends at a random moment, up to a second after its first answer, and the next one starts on the same folder
of studies. Written to OUT/kill_nine.json: how many annotations were acknowledged, how many are kept, how many kills hit the server
while it wrote one, and how many acknowledged ones are lost or changed, which must be none.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps")]

from monailabel.client import MONAILabelClient  # noqa: E402 (needs the path above)
from tqdm import tqdm  # noqa: E402

from ssb.annotations.annotation import Annotation  # noqa: E402
from ssb.annotations.incoming import INCOMING  # noqa: E402
from ssb.annotations.store import AnnotationStore  # noqa: E402
from ssb.atomic import replaced  # noqa: E402
from ssb.errors import SSBError  # noqa: E402
from ssb.volumes import read_volume, write_nifti  # noqa: E402
from ssb_app.server_process import MAIN, free_port  # noqa: E402

IMAGE = "ct"
RATERS = ("anna", "bert")
SHAPE = (64, 64, 32)
AFFINE = np.diag([0.7, 0.7, 2.0, 1.0])
START_SECONDS = 180.0
LONGEST_SECONDS = 1.0


def made(seed: int) -> np.ndarray:
    """A random mask, SHAPE bool."""
    return np.random.default_rng(seed).random(SHAPE) < 0.1


class Submitting(threading.Thread):
    """One rater at the stock client, who submits mask after mask until the server is gone.

    acknowledged: the records that the server answered with, by the seed of the mask. heard: set with the first of them.
    """

    def __init__(self, address: str, rater: str, first: int, folder: Path, heard: threading.Event) -> None:
        super().__init__()
        self.acknowledged: dict[int, Annotation] = {}
        self._heard = heard
        self._client = MONAILabelClient(address, tmpdir=str(folder), client_id=rater)
        self._file = folder / f"{rater}.nii.gz"
        self._first = first

    def run(self) -> None:
        for seed in range(self._first, self._first + 10_000):
            write_nifti(self._file, made(seed), AFFINE)
            try:
                answer = self._client.save_label(IMAGE, str(self._file), params={"sample_set": str(seed)})
            except (OSError, HTTPException):  # the server was killed before it answered, or while it did
                return
            self.acknowledged[seed] = Annotation.from_json(answer["annotation"])
            self._heard.set()


@contextmanager
def server(studies: Path, log: Path, checkpoint: Path | None) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address and the process of a server on `studies` that answers; it is killed when the block ends."""
    with serving(["--studies", str(studies), *(["--checkpoint", str(checkpoint)] if checkpoint else [])], free_port(), log) as found:
        yield found


@contextmanager
def serving(options: Sequence[str], port: int, log: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The same with any options of `serve`; the processes that it has started, such as for a training, are killed too."""
    with log.open("ab") as output:
        command = [sys.executable, str(MAIN), "serve", *options, "--port", str(port)]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    address, started = f"http://127.0.0.1:{port}", time.monotonic()
    try:
        while not _answers(address):
            if process.poll() is not None or time.monotonic() - started > START_SECONDS:
                raise SSBError(f"The server did not start again: see {log}.")
            time.sleep(0.2)
        yield address, process
    finally:
        kill_all(process)


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kill -9 of a process and of all that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _answers(address: str) -> bool:
    try:
        MONAILabelClient(address).info()
    except OSError:
        return False
    return True


def one_life(studies: Path, folder: Path, checkpoint: Path | None, first: int, seconds: float) -> dict[int, Annotation]:
    """Start the server, submit for `seconds` after the first answer, kill it; what it acknowledged."""
    with server(studies, folder / "server.log", checkpoint) as (address, process):
        newest = AnnotationStore(studies / ".ssb" / "annotations").newest(IMAGE)
        if newest is not None:
            shown = read_volume(MONAILabelClient(address, tmpdir=str(folder)).download_label(IMAGE, "final"))
            if not np.array_equal(shown.array, made(int(newest.origin.sample_set or -1))):
                raise SSBError(f"After a kill the label final is not {newest.rater}'s version {newest.version}, which is the newest.")
        heard = threading.Event()
        readers = [Submitting(address, rater, first + 10_000 * number, folder, heard) for number, rater in enumerate(RATERS)]
        for reader in readers:
            reader.start()
        heard.wait(START_SECONDS)
        time.sleep(seconds)
        process.kill()
        for reader in readers:
            reader.join()
    return readers[0].acknowledged | readers[1].acknowledged


def kill_often(kills: int, checkpoint: Path | None = None) -> dict[str, Any]:
    """The figures after so many kills; `checkpoint` is the model that the server loads."""
    rng = np.random.default_rng(0)
    acknowledged: dict[int, Annotation] = {}
    with tempfile.TemporaryDirectory(prefix="ssb-kill-") as work:
        studies = Path(work) / "studies"
        studies.mkdir()
        write_nifti(studies / f"{IMAGE}.nii.gz", np.arange(np.prod(SHAPE), dtype=np.int32).reshape(SHAPE), AFFINE)
        for life in tqdm(range(kills), desc="kills"):
            acknowledged |= one_life(studies, Path(work), checkpoint, 100_000 * life, float(rng.uniform(0.05, LONGEST_SECONDS)))
        store = AnnotationStore(studies / ".ssb" / "annotations")
        kept = [one for rater in RATERS for one in store.versions(IMAGE, rater)]
        changed = [one for one in kept if not np.array_equal(store.read(one).array, made(int(one.origin.sample_set or -1)))]
        return {
            "kills": kills,
            "acknowledged": len(acknowledged),
            "kept": len(kept),
            "acknowledged_lost": sum(one not in kept for one in acknowledged.values()),
            "changed": len(changed),
            "kills_while_writing": len(list((store.root / INCOMING).iterdir())),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("-o", "--out", type=Path, required=True)
    arguments = parser.parse_args()
    figures = kill_often(arguments.kills)
    arguments.out.mkdir(parents=True, exist_ok=True)
    with replaced(arguments.out / "kill_nine.json") as path:
        path.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
