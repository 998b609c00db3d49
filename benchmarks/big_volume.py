"""What a request costs on a CT of 512 x 512 x 1000 voxels, beside one of 64 slices with the same lesion.

    .venv/bin/python benchmarks/big_volume.py -o OUT [--rounds 5] [--forms dicom,nii,nrrd,nii.gz]

Makes both in a temporary folder (2 GB and more) in every form, starts the real server on each form, and asks for 16 samples of the lesion
in turns, each time with another seed, so that it is sampled every time. Writes OUT/big_volume.json (Linux only): seconds of the start, of
the first request on each image, which opens it, and of the later ones as medians; their ratios; and the peak memory over the requests
above that of the idle server.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps"), str(ROOT)]

from benchmarks.server_watch import Memory, ask, device, server_of_this_process, timed  # noqa: E402
from ssb.atomic import replaced  # noqa: E402
from ssb.datasets.phantom import make_phantom  # noqa: E402
from ssb.volumes import Volume, write_dicom_series, write_nifti  # noqa: E402
from ssb.volumes.nrrd_writer import write_nrrd  # noqa: E402
from ssb_app.demo import PHANTOM_LESION, PHANTOM_SEED  # noqa: E402
from ssb_app.server_process import running_server  # noqa: E402

SIDE = 512
FORMS: dict[str, Callable[[Volume, Path], object]] = {
    "dicom": lambda volume, path: write_dicom_series(volume, path, seed_uid=path.name),
    "nii": lambda volume, path: write_nifti(path.with_name(path.name + ".nii"), volume.array, volume.affine),
    "nrrd": lambda volume, path: write_nrrd(path.with_name(path.name + ".nrrd"), volume.array, volume.affine, compress=False),
    "nii.gz": lambda volume, path: write_nifti(path.with_name(path.name + ".nii.gz"), volume.array, volume.affine),
}


def made(slices: int) -> tuple[Volume, tuple[int, int, int]]:
    """A chest of `slices` slices, the phantom and its mirror image in turns, and the middle of a lesion near its middle."""
    phantom = make_phantom(PHANTOM_SEED)
    array = phantom.volume.array
    wide = np.full((SIDE, SIDE, array.shape[2]), -1000, np.int16)
    corner = [(SIDE - n) // 2 for n in array.shape[:2]]
    wide[corner[0] : corner[0] + array.shape[0], corner[1] : corner[1] + array.shape[1]] = array
    # The whole phantom stands in the middle, so that the lesion looks the same however many slices there are.
    first = (slices - wide.shape[2]) // 2
    away = np.arange(slices) - first
    turn, place = np.divmod(away, wide.shape[2])
    order = np.where(turn % 2 == 0, place, wide.shape[2] - 1 - place)
    i, j, k = phantom.lesions[PHANTOM_LESION].centre
    return Volume(wide[:, :, order], phantom.volume.affine, f"{slices} slices"), (i + corner[0], j + corner[1], k + first)


def measure(form: str, sizes: tuple[int, int], rounds: int, work: Path) -> dict[str, Any]:
    """One form on a server of its own."""
    studies = work / form
    studies.mkdir()
    points = {}
    for slices in sizes:
        volume, points[slices] = made(slices)
        FORMS[form](volume, studies / f"scan{slices}")
    del volume
    starts = []
    for _ in range(2):  # the second finds what the first has indexed
        started = time.monotonic()
        with running_server(studies, work / f"{form}.log"):
            starts.append(round(time.monotonic() - started, 2))
    with running_server(studies, work / f"{form}.log") as address:
        memory = Memory(server_of_this_process())
        ids = {slices: _id_of(address, points[slices], slices) for slices in sizes}
        orders = {slices: {"image": ids[slices], "point": list(points[slices]), "samples": 16} for slices in sizes}
        warm = {**orders[sizes[0]], "point": [SIDE // 2, SIDE // 2, 2], "samples": 1}
        timed(address, warm)  # the network, on the small image
        idle = memory.now()
        memory.forget_peak()
        seconds: dict[int, list[float]] = {slices: [] for slices in sizes}
        for number in range(rounds + 1):
            for slices in sizes if number % 2 else sizes[::-1]:
                seconds[slices].append(timed(address, {**orders[slices], "seed": number}))
        peak = memory.peak()
    later = {slices: statistics.median(found[1:]) for slices, found in seconds.items()}
    small, large = sizes
    return {
        "start_seconds": {"first": starts[0], "again": starts[1]},
        "first_request_seconds": {slices: round(found[0], 2) for slices, found in seconds.items()},
        "later_request_seconds": {slices: round(found, 2) for slices, found in later.items()},
        "first_ratio": round(seconds[large][0] / seconds[small][0], 3),
        "later_ratio": round(later[large] / later[small], 3),
        "memory_mb": {"idle": round(idle, 1), "peak_above_idle": round(peak - idle, 1)},
    }


def _id_of(address: str, point: tuple[int, int, int], slices: int) -> str:
    """The image with so many slices: by its name, or, of a DICOM series, by whether it has a voxel that only the larger one has."""
    found = [one["id"] for one in ask(address, "/ssb/images")]
    named = [one for one in found if one == f"scan{slices}"]
    return named[0] if named else next(one for one in found if _slices(address, one) == slices)


def _slices(address: str, image: str) -> int:
    try:
        ask(address, "/ssb/sample_sets", {"image": image, "point": [0, 0, -1], "samples": 1})
    except RuntimeError as error:
        return int(str(error).rpartition("k 0 to ")[2].split(".")[0]) + 1
    raise RuntimeError("A point outside of the image was taken.")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slices", default="64,1000")
    parser.add_argument("--forms", default=",".join(FORMS))
    asked = parser.parse_args()
    asked.output.mkdir(parents=True, exist_ok=True)
    small, large = (int(text) for text in asked.slices.split(","))
    facts: dict[str, Any] = {
        "device": device(),
        "rounds": asked.rounds,
        "shape": [SIDE, SIDE, large],
        "beside": [SIDE, SIDE, small],
        "forms": {},
    }
    for form in asked.forms.split(","):
        with tempfile.TemporaryDirectory() as work:
            facts["forms"][form] = measure(form, (small, large), asked.rounds, Path(work))
        print(form, json.dumps(facts["forms"][form]), flush=True)
        with replaced(asked.output / "big_volume.json") as path:
            path.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
