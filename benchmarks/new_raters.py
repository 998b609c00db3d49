"""How soon retraining brings the samples to a site's own raters, and what that costs on the raters the checkpoint was published with.

    .venv/bin/python benchmarks/new_raters.py --data DIR -o OUT [--checkpoint FILE] [--minutes 12 | --epochs N] [--crops 200 | --all]
    .venv/bin/python benchmarks/new_raters.py --data DIR -o OUT --shuffled

DIR holds the LIDC crops. The site is simulated on the patients of the split val, whom no shipped checkpoint has learnt from. Four new
raters read them with a bias of their own: larger by two pixels all round, spiculations included (what either of two radiologists drew),
and lesions below a size of each rater's own ignored (3.5, 4.0, 4.5 and 5.0 mm). The checkpoint is retrained on 30 patients as `main.py
retrain` does, a share of them held out for the gate, and measured on the patients left: GED against the new raters, before and after. Of a
lesion that all new raters ignore there is one crop to learn from, the slice that they clicked on, as in a site's store, but all its
slices are measured. What the published raters lose is measured on crops of the split test, with the group `published`, whose weights
must be as they were, and with the group `site`.

--shuffled trains on masks that belong to other crops: the gate must refuse that model.
Writes OUT/new_raters.json or OUT/shuffled.json; the same command goes on where it was interrupted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import ndimage

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps")]

from ssb.atomic import replaced  # noqa: E402 (needs the path above)
from ssb.bridge_method import BridgeMethod  # noqa: E402
from ssb.checkpoint import PUBLISHED, SITE, Model, load_model  # noqa: E402
from ssb.crop_scores import Evaluation  # noqa: E402
from ssb.datasets.crops import CropSet, pack_masks  # noqa: E402
from ssb.datasets.lidc import LidcCrops, Nodule, iter_nodules  # noqa: E402
from ssb.datasets.splits import name_share  # noqa: E402
from ssb.evaluation import evaluate  # noqa: E402
from ssb.gate import judge  # noqa: E402
from ssb.options import Options  # noqa: E402
from ssb.retraining.plan import Plan  # noqa: E402
from ssb.retraining.progress import Progress  # noqa: E402
from ssb.retraining.run import Task, fine_tune  # noqa: E402
from ssb.shipped import shipped_checkpoint  # noqa: E402

SEED = 0
IMAGES = 30
LARGER = 2
"""Pixels."""
IGNORED_MM = (3.5, 4.0, 4.5, 5.0)
"""Below which diameter each new rater ignores a lesion."""
USUAL_SPACING = 0.7
"""mm a pixel, where the metadata lack it."""


def diameter(nodule: Nodule) -> float:
    """Of the circle as large as the nodule's largest cut, in mm; the median of the radiologists who drew it."""
    areas = nodule.masks.sum(axis=(2, 3)).max(axis=1)
    spacing = nodule.spacing_mm if np.isfinite(nodule.spacing_mm) else USUAL_SPACING
    return float(2 * np.sqrt(np.median(areas[areas > 0]) / np.pi) * spacing) if areas.any() else 0.0


def read_again(nodule: Nodule) -> np.ndarray:
    """The masks (4, S, 128, 128) bool of the new raters: the first follows radiologists 1 and 2, the second 2 and 3, and so on."""
    disc = np.hypot(*np.indices((2 * LARGER + 1,) * 2) - LARGER) <= LARGER + 0.5
    both = nodule.masks | np.roll(nodule.masks, -1, axis=0)
    larger = ndimage.binary_dilation(both, disc[None, None])
    return larger & (diameter(nodule) >= np.array(IGNORED_MM))[:, None, None, None]


def site_crops(nodules: Iterable[Nodule], name: str) -> CropSet:
    """The crops of some nodules as the new raters read them."""
    kept = list(nodules)
    counts = [len(nodule.images) for nodule in kept]
    return CropSet(
        name,
        np.concatenate([nodule.images for nodule in kept]),
        np.concatenate([pack_masks(read_again(nodule)) for nodule in kept]),
        [nodule.name for nodule, count in zip(kept, counts, strict=True) for _ in range(count)],
        [nodule.patient for nodule, count in zip(kept, counts, strict=True) for _ in range(count)],
        [k for count in counts for k in range(count)],
        len(IGNORED_MM),
    )


def as_stored(nodule: Nodule) -> Nodule:
    """What a site's store gives to learn from: all slices of a nodule that some new rater marked, the clicked one of any other."""
    if read_again(nodule).any():
        return nodule
    middle = slice(len(nodule.images) // 2, len(nodule.images) // 2 + 1)
    return replace(nodule, images=nodule.images[middle], masks=nodule.masks[:, middle])


def parts_of(root: Path) -> tuple[list[Nodule], list[Nodule], list[Nodule]]:
    """The nodules of the patients to learn from, of those held out for the gate, and of all others."""
    nodules = list(iter_nodules(root, "val"))
    patients = sorted({nodule.patient for nodule in nodules})
    site = {patients[n] for n in np.random.default_rng(SEED).permutation(len(patients))[:IMAGES]}
    held = {patient for patient in site if name_share(patient) < Plan().validation}
    read = [as_stored(nodule) for nodule in nodules if nodule.patient in site]
    learnt, judged = ([nodule for nodule in read if (nodule.patient in held) == side] for side in (False, True))
    return learnt, judged, [nodule for nodule in nodules if nodule.patient not in site]


def shuffled(crops: CropSet) -> CropSet:
    """The same crops, each with the masks of another one."""
    order = np.random.default_rng(SEED).permutation(len(crops))
    bits = np.stack([crops.bits[int(n)] for n in order])
    return CropSet(crops.split, crops.images, bits, crops.nodules, crops.patients, crops.slices, crops.raters)


def score(model: Model, crops: CropSet, limit: int | None) -> Evaluation:
    """As `main.py evaluate` does."""
    preset = model.preset
    options = Options(16, preset.nfe, preset.guidance, SEED, model.raters)
    return evaluate(BridgeMethod(preset, model.network), crops, options, limit, name=model.name)


def told(found: Evaluation) -> dict[str, Any]:
    """What is kept of an evaluation."""
    facts = found.as_dict()
    scores = ("ged_16", "ged_unbiased_16", "hm_iou_16", "d_ddi_16")
    kept = {name: facts[name] for name in (*scores, "crops", "nodules", "patients", "samples", "nfe", "guidance", "checkpoint")}
    return {**kept, "intervals": {name: facts["intervals"][name] for name in scores}}


def same_weights(first: Model, second: Model) -> bool:
    """Whether two networks agree to the bit."""
    others = second.network.state_dict()
    return all(torch.equal(value, others[name]) for name, value in first.network.state_dict().items())


def measure(asked: argparse.Namespace, others: list[Nodule], start: Path, made: Path, kept: Path) -> dict[str, Any]:
    """GED of the site's patients left, and of the test split, before and after; each is kept in a file of its own once it is known."""
    limit = None if asked.all else asked.crops
    before, after, published = load_model(start, raters=PUBLISHED), load_model(made, raters=SITE), load_model(made, raters=PUBLISHED)
    found: dict[str, Any] = {}
    for name, model in (
        ("new_raters_before", before),
        ("new_raters_after", after),
        ("test_published", published),
        ("test_site", after),
    ):
        crops = site_crops(others, "val") if name.startswith("new") else LidcCrops(asked.data, "test")
        found[name] = once(kept / f"{name}-{limit}.json", lambda model=model, crops=crops: told(score(model, crops, limit)))
        print(f"{name}: GED {found[name]['ged_16']:.4f}")
    return {
        **found,
        "new_raters_change": found["new_raters_after"]["ged_16"] / found["new_raters_before"]["ged_16"] - 1,
        "published_weights_unchanged": same_weights(before, published),
        "test_change_site": found["test_site"]["ged_16"] / found["test_published"]["ged_16"] - 1,
    }


def once(path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `path` keeps, else what `make` gives, which is kept."""
    if not path.is_file():
        with replaced(path) as temporary:
            temporary.write_text(json.dumps(make(), indent=2) + "\n", encoding="utf-8")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def main() -> None:
    """Train, measure, judge, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--minutes", type=float, default=12.0)
    parser.add_argument("--epochs", type=int, default=0)
    parser.add_argument("--rate", type=float, default=Plan().learning_rate)
    parser.add_argument("--batch", type=int, default=Plan().batch)
    parser.add_argument("--crops", type=int, default=200)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--shuffled", action="store_true")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("ignite").setLevel(logging.WARNING)
    learnt, judged, others = parts_of(asked.data)
    training, held = site_crops(learnt, "training"), site_crops(judged, "held out")
    name = "shuffled" if asked.shuffled else "new_raters"
    plan = Plan(minutes=asked.minutes, epochs=asked.epochs, learning_rate=asked.rate, batch=asked.batch)
    start = asked.checkpoint or shipped_checkpoint()
    task = Task(shuffled(training) if asked.shuffled else training, held, start, plan, asked.out / name)
    made = fine_tune(task, Progress())
    if made is None:
        raise SystemExit(f"Stopped: the state is in {task.run}.")
    new, old = load_model(made), load_model(start)
    facts: dict[str, Any] = {"site": new.header["site"], "images": IMAGES, "larger_px": LARGER, "ignored_below_mm": list(IGNORED_MM)}
    kept = task.run / f"scores-{hashlib.sha256(made.read_bytes()).hexdigest()[:12]}"
    kept.mkdir(exist_ok=True)
    facts["gate"] = once(kept / "gate.json", lambda: asdict(judge(old, new, held, Options(16, new.preset.nfe, new.preset.guidance, SEED))))
    print(f"Gate: {'published' if facts['gate']['published'] else 'refused'}. {facts['gate']['reason']}")
    if not asked.shuffled:
        facts |= measure(asked, others, start, made, kept)
        for key in ("new_raters_change", "test_change_site"):
            print(f"{key}: {facts[key]:+.1%}")
        print(f"published weights unchanged: {facts['published_weights_unchanged']}")
    with replaced(asked.out / f"{name}.json") as path:
        path.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
