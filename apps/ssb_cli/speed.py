"""The command `benchmark speed`: what an answer costs, beside other methods and through the server."""

from __future__ import annotations

import json
import tempfile
import urllib.request
from argparse import Namespace
from pathlib import Path

from ssb.plausible import Index
from ssb.speed.lesion import tall_lesion
from ssb.speed.report import SLICES, measure, write
from ssb.speed.rounds import Work, in_rounds
from ssb.volumes import write_nifti
from ssb_app.server_process import running_server
from ssb_cli.common import load_asked_model, make_folder, whole_number


def run(parsed: Namespace) -> None:
    """Measure, write speed.json and speed.md, print the tables."""
    rounds = whole_number(parsed.rounds, "--rounds", 1, 1000)
    model = load_asked_model(parsed)
    make_folder(parsed.out)
    with tempfile.TemporaryDirectory(prefix="ssb-speed-") as work:
        found = measure(model, rounds, Path(work))
        found["server"] = through_the_server(Path(work), rounds, parsed.checkpoint)
    print(write(found, parsed.out))
    print(f"Written to {parsed.out / 'speed.json'} and {parsed.out / 'speed.md'}")


def through_the_server(work: Path, rounds: int, checkpoint: Path | None) -> dict[str, float]:
    """Median seconds of a click on the lesion until the summary is there, asked with another seed each time, and of one asked before."""
    volume, click = tall_lesion(SLICES)
    studies = work / "studies"
    studies.mkdir()
    write_nifti(studies / "lesion.nii", volume.array, volume.affine)
    seeds = iter(range(10_000))
    with running_server(studies, work / "server.log", checkpoint) as address:
        works = {
            "a click, answered with the summary": Work(lambda: _ask(address, click, next(seeds))),
            "the same click again": Work(lambda: _ask(address, click, 0)),
        }
        return {name: taken.median for name, taken in in_rounds(works, rounds, "server").items()}


def _ask(address: str, click: Index, seed: int) -> None:
    order = json.dumps({"image": "lesion", "point": list(click), "seed": seed}).encode()
    request = urllib.request.Request(f"{address}/ssb/sample_sets", order, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        answer.read()
