"""A cohort on a Ray cluster of two machines, of which one is killed in the middle: is every lesion sampled, and as on one machine?

    .venv/bin/python benchmarks/ray_cohort.py [--lesions 40] -o OUT          (needs Ray: pip install 'ray>=2.40,<3')

The machines are Ray nodes of one CPU each on this computer, beside a head without any, as Ray's own tests make them. Once a quarter of the
lesions is done, the first node is killed with all its processes. Written to OUT/ray_cohort.json: how many lesions were done before and
after, the seconds it took, and in how many the masks differ from those of the same command without Ray, which must be none.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import ray
from ray.cluster_utils import Cluster

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps")]

from ssb.atomic import replaced  # noqa: E402 (needs the path above)
from ssb.cohort.work import ORDER  # noqa: E402
from ssb.datasets.phantom import KINDS, make_phantom  # noqa: E402
from ssb.volumes import write_nifti  # noqa: E402

SHAPE = (96, 96, 24)
PATIENCE = 1800.0


def make_list(folder: Path, lesions: int) -> Path:
    """Phantoms of one lesion each, and their list."""
    path = folder / "list.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "image", "point"))
        for number in range(lesions):
            phantom = make_phantom(number, SHAPE, kinds=KINDS[:1])
            write_nifti(folder / f"{number}.nii.gz", phantom.volume.array, phantom.volume.affine)
            rows.writerow((f"lesion-{number}", f"{number}.nii.gz", ",".join(map(str, phantom.lesions[0].centre))))
    return path


def command(sheet: Path, out: Path, *more: str) -> list[str]:
    """The command line of a cohort."""
    return [
        sys.executable,
        str(ROOT / "main.py"),
        "sample",
        "--cohort",
        str(sheet),
        "-o",
        str(out),
        "--samples",
        "8",
        "--device",
        "cpu",
        *more,
    ]


def done(out: Path) -> int:
    """How many lesions have their whole result."""
    return len(list(out.glob(f"*/{ORDER}")))


def digests(out: Path) -> dict[str, str]:
    """By lesion, a digest of its masks."""
    return {path.parent.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in out.glob("*/samples.seg.nrrd")}


def with_a_death(sheet: Path, out: Path, lesions: int) -> dict[str, Any]:
    """Run on two nodes and kill one of them."""
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    first, _ = cluster.add_node(num_cpus=1), cluster.add_node(num_cpus=1)
    started = time.monotonic()
    process = subprocess.Popen(command(sheet, out, "--ray", cluster.address))
    try:
        while process.poll() is None and done(out) < lesions // 4:
            if time.monotonic() - started > PATIENCE:
                raise SystemExit(f"Only {done(out)} lesions were done after {PATIENCE:.0f} s.")
            time.sleep(0.1)
        before = done(out)
        cluster.remove_node(first, allow_graceful=False)
        print(f"Killed one of two nodes after {before} of {lesions} lesions.")
        code = process.wait(PATIENCE)
    finally:
        process.kill()
        cluster.shutdown()
    return {"done_when_killed": before, "done": done(out), "exit_code": code, "seconds": round(time.monotonic() - started, 1)}


def main() -> None:
    """Both runs, and the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lesions", type=int, default=40)
    parser.add_argument("-o", "--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sheet = make_list(folder, asked.lesions)
        found = {"lesions": asked.lesions, "nodes": 2, "ray": ray.__version__, **with_a_death(sheet, folder / "ray", asked.lesions)}
        subprocess.run(command(sheet, folder / "alone"), check=True)
        one, other = digests(folder / "ray"), digests(folder / "alone")
    found["masks_differ"] = sum(one.get(lesion) != digest for lesion, digest in other.items())
    with replaced(asked.out / "ray_cohort.json") as path:
        path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2))
    if found["done"] != asked.lesions or found["masks_differ"] or found["exit_code"]:
        raise SystemExit("A lesion is missing or differs.")


if __name__ == "__main__":
    main()
