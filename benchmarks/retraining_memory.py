"""Peak memory of a retraining with 20 and with 200 studies.

    .venv/bin/python benchmarks/retraining_memory.py -o OUT [--counts 20,200]

Each study is a made scan of 160 x 160 x 40 voxels with a ball that three raters draw over 21 slices, in an annotation store. A process of
its own cuts them all, reads every crop and trains a minute; its peak is the system's count of resident memory, files that are
mapped into it included. Writes OUT/retraining_memory.json.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps")]

from ssb.annotations.annotation import Origin  # noqa: E402 (needs the path above)
from ssb.annotations.store import AnnotationStore  # noqa: E402
from ssb.atomic import replaced  # noqa: E402
from ssb.checkpoint import load_model  # noqa: E402
from ssb.datasets.batches import draw_batch  # noqa: E402
from ssb.retraining.cutting import site_crops  # noqa: E402
from ssb.retraining.engine import RATERS  # noqa: E402
from ssb.retraining.plan import Plan  # noqa: E402
from ssb.retraining.progress import Progress  # noqa: E402
from ssb.retraining.run import Task, fine_tune  # noqa: E402
from ssb.shipped import shipped_checkpoint  # noqa: E402
from ssb.volumes import Volume  # noqa: E402

SHAPE = (160, 160, 40)
AFFINE = np.diag([0.7, 0.7, 2.0, 1.0])
BATCHES = 1000
"""Drawn besides the training, so that every crop is read."""


def ball(radius: float) -> np.ndarray:
    """Voxels within `radius` slices of the middle, a slice counting as two pixels."""
    steps = np.indices(SHAPE, dtype=np.float32) - np.reshape([n / 2 for n in SHAPE], (3, 1, 1, 1))
    return ((steps * np.reshape((0.5, 0.5, 1), (3, 1, 1, 1))) ** 2).sum(axis=0) <= radius**2


def volume(image: str) -> Volume:
    """The scan of an image."""
    rng = np.random.default_rng(int(image[4:]))
    array = np.where(ball(9), 40, -850) + rng.normal(0, 20, SHAPE)
    return Volume(array.astype(np.float32), AFFINE, image)


def peak(count: int) -> dict[str, float]:
    """Cut `count` studies and train, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        store = AnnotationStore(Path(folder) / "annotations")
        masks = [ball(radius) for radius in (9, 9.5, 10)]
        for n in range(count):
            for rater, mask in enumerate(masks):
                store.submit(f"scan{n}", f"rater{rater}", mask, AFFINE, Origin("benchmark"))
        preset = load_model(shipped_checkpoint()).preset
        crops = site_crops(store, volume, Path(folder) / "crops", preset)
        for step in range(BATCHES):
            draw_batch(crops.training, preset, 8, 0, step, raters=RATERS)
        fine_tune(Task(crops.training, crops.held_out, shipped_checkpoint(), Plan(minutes=1), Path(folder) / "run"), Progress())
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"studies": count, "crops": len(crops.training) + len(crops.held_out), "peak_mb": round(megabytes, 1)}


def main() -> None:
    """One process a count, since a process never forgets its peak."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path)
    parser.add_argument("--counts", default="20,200")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(peak(asked.one)))
        return
    rows = []
    for count in asked.counts.split(","):
        found = subprocess.run([sys.executable, __file__, "--one", count], check=True, stdout=subprocess.PIPE, text=True)
        rows.append(json.loads(found.stdout.splitlines()[-1]))
        print(rows[-1])
    facts = {"runs": rows, "growth": rows[-1]["peak_mb"] / rows[0]["peak_mb"] - 1}
    print(f"growth: {facts['growth']:+.1%}")
    asked.out.mkdir(parents=True, exist_ok=True)
    with replaced(asked.out / "retraining_memory.json") as path:
        path.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
