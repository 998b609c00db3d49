"""How far clicks narrow the set: two inside points and one outside point of one radiologist, on nodules of the LIDC test split.

    .venv/bin/python benchmarks/clicks.py --data DIR -o OUT [--nodules 20]

How loud points speak was chosen on the val split, by `clicks_setting.py`. DIR holds the LIDC crops. For each nodule one radiologist is
taken at random who has such points. The inside points lie where this one marked and another one did not, the outside point where another
one marked and this one did not; each in the middle of such a place, as a reader would click: deepest inside it, the second inside point
away from the first. GED is that of whole 3-D masks against the radiologists who agree with all three points, before the clicks (the same
seed without points) and after. The script stops where a sample does not respect a point; started again on the same OUT it goes on with
the nodules that are missing.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import distance_transform_edt
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps")]

from ssb.atomic import replaced  # noqa: E402
from ssb.checkpoint import Model, load_model  # noqa: E402 (needs the path above)
from ssb.datasets.lidc import Nodule, iter_nodules  # noqa: E402
from ssb.lesion import sample_lesion  # noqa: E402
from ssb.metrics import ged  # noqa: E402
from ssb.metrics.bootstrap import patient_interval  # noqa: E402
from ssb.plausible import Index, Request  # noqa: E402
from ssb.shipped import shipped_checkpoint  # noqa: E402
from ssb.volumes import Volume  # noqa: E402

SEED = 0
SAMPLES = 16
APART = 3.0
"""Voxels between the two inside points, where there is room."""
ACROSS = 1e3
"""Weight of the distance across slices: how deep a voxel lies is judged in its slice, as a reader does."""


@dataclass(frozen=True)
class Clicks:
    """Points on a nodule's grid, and the masks (M, I, J, K) of the radiologists who agree with them."""

    inside: tuple[Index, ...]
    outside: tuple[Index, ...]
    agreeing: np.ndarray


def clicks_of(masks: np.ndarray, rng: np.random.Generator) -> Clicks | None:
    """Two inside points and one outside point of a random radiologist, masks (R, I, J, K); None where nobody has such points."""
    for rater in rng.permutation(len(masks)):
        own, others = masks[rater], np.delete(masks, rater, axis=0)
        disputed, left = own & ~others.all(axis=0), ~own & others.any(axis=0)
        if disputed.sum() >= 2 and left.any():
            first = _deepest(disputed)
            away = distance_transform_edt(~_at(first, own.shape)) > APART
            second = _deepest(disputed & (away if (disputed & away).any() else ~_at(first, own.shape)))
            inside, outside = (first, second), (_deepest(left),)
            agrees = [all(mask[p] for p in inside) and not any(mask[p] for p in outside) for mask in masks]
            return Clicks(inside, outside, masks[np.array(agrees)])
    return None


def _deepest(where: np.ndarray) -> Index:
    """The voxel of a mask that lies farthest from its border, in voxels of the plane."""
    depth = distance_transform_edt(np.pad(where, 1), sampling=(1, 1, ACROSS))[1:-1, 1:-1, 1:-1]
    i, j, k = np.unravel_index(np.argmax(depth), depth.shape)
    return int(i), int(j), int(k)


def _at(voxel: Index, shape: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    mask[voxel] = True
    return mask


def clicked_nodules(data: Path, split: str, count: int) -> list[tuple[Nodule, Clicks]]:
    """A seeded choice of nodules of a split that have such points, with known spacing and at least two slices."""
    rng = np.random.default_rng(SEED)
    usable = [n for n in iter_nodules(data, split) if len(n.images) > 1 and np.isfinite([n.spacing_mm, n.thickness_mm]).all()]
    clicked = ((usable[n], clicks_of(usable[n].masks.transpose(0, 3, 2, 1), rng)) for n in rng.permutation(len(usable)))
    return list(islice(((nodule, clicks) for nodule, clicks in clicked if clicks is not None), count))


def sampled(nodule: Nodule, model: Model, samples: int, clicks: Clicks | None = None) -> np.ndarray:
    """Masks (N, I, J, K) bool on the nodule's grid at a click on its centre, narrowed by the clicks; the script ends where one is not."""
    volume = volume_of(nodule)
    request = Request((64, 64, len(nodule.images) // 2), samples, model.preset.nfe, model.preset.guidance, SEED)
    if clicks is not None:
        request = replace(request, inside=clicks.inside, outside=clicks.outside)
    found = sample_lesion(volume, request, model)
    masks = np.stack([found.on_grid(mask) for mask in found.masks])
    respected = [clicks is None or _respects(mask, clicks) for mask in masks]
    if not all(respected):
        raise SystemExit(f"{respected.count(False)} samples of {nodule.name} do not respect the points.")
    return masks


def volume_of(nodule: Nodule) -> Volume:
    """The nodule's crops as a volume, axes column, row, slice."""
    spacing = (nodule.spacing_mm, nodule.spacing_mm, nodule.thickness_mm)
    return Volume(nodule.images.transpose(2, 1, 0).astype(np.int16), np.diag([*spacing, 1.0]), nodule.name)


def scores(nodule: Nodule, clicks: Clicks, model: Model) -> dict[str, float]:
    """GED against the agreeing radiologists before and after the clicks, and how many samples there were and agreed by themselves."""
    before, after = sampled(nodule, model, SAMPLES), sampled(nodule, model, SAMPLES, clicks)
    return {
        "before": ged(before, clicks.agreeing),
        "after": ged(after, clicks.agreeing),
        "samples": len(after),
        "agreed_by_themselves": sum(_respects(mask, clicks) for mask in before),
        "agreeing_raters": len(clicks.agreeing),
    }


def _respects(mask: np.ndarray, clicks: Clicks) -> bool:
    return all(mask[p] for p in clicks.inside) and not any(mask[p] for p in clicks.outside)


def main() -> None:
    """Sample, score, write clicks.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--nodules", type=int, default=20)
    parser.add_argument("-o", "--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    model = load_model(shipped_checkpoint())
    chosen = clicked_nodules(asked.data, "test", asked.nodules)
    numbers = asked.out / "clicks.json"
    known = json.loads(numbers.read_text()) if numbers.is_file() else {}
    found = known["each"] if known.get("checkpoint") == model.name else {}
    for nodule, clicks in tqdm(chosen, unit="nodule"):
        if nodule.name not in found:
            found[nodule.name] = scores(nodule, clicks, model)
            with replaced(numbers) as path:
                path.write_text(json.dumps({"checkpoint": model.name, "each": found}, indent=2) + "\n")
    result = summarised(model.name, {nodule.name: nodule.patient for nodule, _ in chosen}, found)
    with replaced(numbers) as path:
        path.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps({key: value for key, value in result.items() if key != "each"}, indent=2))


def summarised(checkpoint: str, patients: dict[str, str], found: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Means over the nodules of `patients` (nodule -> patient), with their bootstrap intervals over patients; None below two patients."""
    each = {name: found[name] for name in patients}
    falls = np.array([[one["before"], one["after"], one["before"] - one["after"]] for one in each.values()])
    low, high = (np.where(np.isnan(end), None, end) for end in patient_interval(falls, list(patients.values())))
    means = {
        name: {"mean": float(falls[:, n].mean()), "low": low[n], "high": high[n]} for n, name in enumerate(("before", "after", "fall"))
    }
    return {"checkpoint": checkpoint, "nodules": len(each), "samples": SAMPLES, "ged": means, "each": each}


if __name__ == "__main__":
    main()
