"""Whether `most_disagreement` offers the images whose raters truly disagree most, on phantoms and on nodules of the LIDC val split.

    .venv/bin/python benchmarks/next_image.py --data DIR -o OUT [--phantoms 24] [--nodules 40]

Each phantom has one lesion whose raters' distribution is known: the truth is E d(Y, Y') with d = 1 - IoU of two raters, and the click is
that of an annotation by one rater who marked it. On a nodule the truth is the mean of d over the pairs of its four radiologists, and the
click lies in the middle of what any of them drew; where only one marked it the truth is 1/2 whatever was drawn, so the nodules that two
or more marked are also counted by themselves. Printed, and written to OUT/next_image.json: Spearman's rank correlation of truth and
score with its bootstrap interval over patients, and how much the raters of the quarter that is offered first disagree, beside all. The
measure that a score uses was chosen on the nodules; the phantoms had no say. DIR holds the LIDC crops. Started again on the same OUT it
goes on with what is missing; on one core a phantom takes about five seconds, a nodule two.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps"), str(ROOT)]

from benchmarks.clicks import volume_of  # noqa: E402 (needs the path above)
from ssb.atomic import replaced  # noqa: E402
from ssb.checkpoint import Model, load_model  # noqa: E402
from ssb.datasets.lidc import iter_nodules  # noqa: E402
from ssb.datasets.phantom import make_phantom  # noqa: E402
from ssb.datasets.phantom_lesions import KINDS  # noqa: E402
from ssb.lesion import sample_lesion  # noqa: E402
from ssb.measurements import voxel_ml  # noqa: E402
from ssb.metrics.bootstrap import LEVEL, RESAMPLES  # noqa: E402
from ssb.metrics.pairwise import iou_matrix, pairs_once  # noqa: E402
from ssb.next_image.order import Candidate, most_disagreement  # noqa: E402
from ssb.next_image.score import SAMPLES, SEED, set_disagreement  # noqa: E402
from ssb.oracle import expected_distance  # noqa: E402
from ssb.plausible import Index, Request, SampleSet  # noqa: E402
from ssb.raters.middle import middle_of  # noqa: E402
from ssb.shipped import shipped_checkpoint  # noqa: E402
from ssb.volumes import Volume  # noqa: E402

FIRST_PHANTOM = 3000
USED = "pooled distance"


@dataclass(frozen=True)
class Case:
    """An image, where its lesion is clicked on, how much its raters truly disagree, in [0, 1], and how many marked it."""

    volume: Volume
    click: Index
    patient: str
    truth: float
    marked: int


def phantoms(count: int, known: set[str]) -> Iterator[tuple[str, Case | None]]:
    """`count` phantoms of one lesion, the kinds in turn, by name; those that are `known` already are not made."""
    for seed in range(FIRST_PHANTOM, FIRST_PHANTOM + count):
        name = f"phantom-{seed}"
        yield name, None if name in known else phantom_case(seed)


def phantom_case(seed: int) -> Case:
    """The phantom of a seed."""
    phantom = make_phantom(seed, kinds=(KINDS[seed % len(KINDS)],))
    lesion = phantom.lesions[0]
    masks, chances = (np.array(part) for part in zip(*lesion.truths, strict=True))
    marking = [n for n, mask in enumerate(masks) if mask.any()]
    annotation = masks[np.random.default_rng(seed).choice(marking)]
    truth = expected_distance(np.stack([mask[lesion.box.slices] for mask in masks]), chances)
    return Case(phantom.volume, middle_of(annotation), phantom.volume.name, truth, 1)


def nodules(data: Path, count: int, known: set[str]) -> Iterator[tuple[str, Case | None]]:
    """A seeded choice of val nodules with known spacing that somebody marked, by name."""
    usable = [n for n in iter_nodules(data, "val") if n.masks.any() and np.isfinite([n.spacing_mm, n.thickness_mm]).all()]
    for index in np.random.default_rng(SEED).permutation(len(usable))[:count]:
        nodule = usable[index]
        masks = nodule.masks.transpose(0, 3, 2, 1)
        marked = int(masks.any(axis=(1, 2, 3)).sum())
        case = Case(volume_of(nodule), middle_of(masks.any(axis=0)), nodule.patient, mean_distance(masks), marked)
        yield nodule.name, None if nodule.name in known else case


def mean_distance(masks: np.ndarray) -> float:
    """Mean of 1 - IoU over the pairs of different masks, two empty ones being alike."""
    return float(1.0 - pairs_once(iou_matrix(masks, masks)).mean())


def measures(found: SampleSet) -> dict[str, float]:
    """The candidates for a score: distances of pairs, bits a possible voxel, bits in all (times mL), and the volumes' variation."""
    volumes = found.masks.sum(axis=(1, 2, 3))
    return {
        USED: set_disagreement(found.masks),
        "mean distance": mean_distance(found.masks),
        "mean entropy": float(found.disagreement[found.possible].mean()) if found.possible.any() else 0.0,
        "total entropy": float(found.disagreement.sum() * voxel_ml(found.affine)),
        "variation of volume": float(volumes.std() / volumes.mean()) if volumes.any() else 0.0,
    }


def scored(case: Case, model: Model) -> dict[str, Any]:
    """What is kept of a case."""
    request = Request(case.click, SAMPLES, model.preset.nfe, model.preset.guidance, SEED)
    return {"patient": case.patient, "marked": case.marked, "truth": case.truth, **measures(sample_lesion(case.volume, request, model))}


def summarised(each: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Rank correlations of every measure, and what the strategy's order gains; NaN never, since the truths differ."""
    truth = np.array([one["truth"] for one in each.values()])
    order = most_disagreement(Candidate(name, 1, one[USED]) for name, one in each.items())
    first = [each[candidate.image]["truth"] for candidate in order[: max(1, len(order) // 4)]]
    names = [name for name in next(iter(each.values())) if name not in ("patient", "marked", "truth")]
    return {
        "images": len(each),
        "spearman": {name: _correlation(truth, np.array([one[name] for one in each.values()]), each) for name in names},
        "raters_disagree": {"first_quarter_offered": float(np.mean(first)), "all": float(truth.mean())},
    }


def _correlation(truth: np.ndarray, score: np.ndarray, each: dict[str, dict[str, Any]]) -> dict[str, float]:
    patients = np.array([one["patient"] for one in each.values()])
    places = [np.flatnonzero(patients == name) for name in np.unique(patients)]
    rng, drawn = np.random.default_rng(SEED), []
    for _ in range(RESAMPLES):
        some = np.concatenate([places[n] for n in rng.integers(0, len(places), len(places))])
        drawn.append(spearmanr(truth[some], score[some]).statistic)
    low, high = np.nanpercentile(drawn, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return {"value": float(spearmanr(truth, score).statistic), "low": float(low), "high": float(high)}


def main() -> None:
    """Score, correlate, write next_image.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--phantoms", type=int, default=24)
    parser.add_argument("--nodules", type=int, default=40)
    parser.add_argument("-o", "--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    model, numbers = load_model(shipped_checkpoint()), asked.out / "next_image.json"
    before = json.loads(numbers.read_text()) if numbers.is_file() else {}
    each: dict[str, dict[str, Any]] = before["each"] if before.get("checkpoint") == model.name else {"nodules": {}, "phantoms": {}}
    result: dict[str, Any] = {"checkpoint": model.name, "samples": SAMPLES, "measure": USED, "each": each}
    sources = {
        "nodules": (asked.nodules, nodules(asked.data, asked.nodules, set(each["nodules"]))),
        "phantoms": (asked.phantoms, phantoms(asked.phantoms, set(each["phantoms"]))),
    }
    for source, (count, cases) in sources.items():
        names = []
        for name, case in tqdm(cases, total=count, desc=source):
            names.append(name)
            if case is not None:
                each[source][name] = scored(case, model)
                _write(numbers, result)
        result[source] = summarised({name: each[source][name] for name in names})
    two = {name: one for name, one in each["nodules"].items() if one["marked"] > 1}
    result["nodules_marked_by_two_or_more"] = summarised(two)
    _write(numbers, result)
    print(json.dumps({key: value for key, value in result.items() if key != "each"}, indent=2))


def _write(numbers: Path, result: dict[str, Any]) -> None:
    with replaced(numbers) as path:
        path.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
