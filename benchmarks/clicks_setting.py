"""How loud inside and outside points should speak to the sampling: chosen on nodules of the LIDC val split, never on test.

    .venv/bin/python benchmarks/clicks_setting.py --data DIR -o OUT [--nodules 10]

The clicks are those of `clicks.py`. Each setting of SETTINGS samples every nodule anew; the one with the lowest mean GED against the
radiologists who agree with the clicks belongs into `ssb.known`. A nodule where no mask agrees is the worst there is, a GED
of 2. Started again on the same OUT it goes on with what is missing. On one core a nodule and setting takes about ten seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps"), str(ROOT)]

from benchmarks.clicks import Clicks, clicked_nodules, sampled  # noqa: E402 (needs the path above)
from ssb import known  # noqa: E402
from ssb.atomic import replaced  # noqa: E402
from ssb.checkpoint import Model, load_model  # noqa: E402
from ssb.datasets.lidc import Nodule  # noqa: E402
from ssb.errors import InputError  # noqa: E402
from ssb.metrics import ged  # noqa: E402
from ssb.shipped import shipped_checkpoint  # noqa: E402

SAMPLES = 8
WORST = 2.0
"""The largest GED there is."""


@dataclass(frozen=True)
class Setting:
    """logits: `ssb.known.POINT_LOGITS`. reach_mm: `ssb.known.POINT_REACH_MM`."""

    logits: float
    reach_mm: float


SETTINGS = {
    "loud": Setting(6.0, 0.7),
    "quieter": Setting(2.0, 0.7),
    "quietest": Setting(1.0, 0.7),
    "quieter and wider": Setting(2.0, 1.5),
    "quieter and narrower": Setting(2.0, 0.4),
}


def score(nodule: Nodule, clicks: Clicks, model: Model, setting: Setting) -> dict[str, float]:
    """GED against the agreeing radiologists, and how many samples agreed at last."""
    known.POINT_LOGITS, known.POINT_REACH_MM = setting.logits, setting.reach_mm
    try:
        masks = sampled(nodule, model, SAMPLES, clicks)
    except InputError:
        return {"ged": WORST, "samples": 0}
    return {"ged": ged(masks, clicks.agreeing), "samples": len(masks)}


def summarised(checkpoint: str, each: dict[str, dict[str, dict[str, float]]]) -> dict[str, Any]:
    """Means over the nodules that every setting has sampled, by the setting's name, the best first."""
    names = sorted(set.intersection(*(set(scored) for scored in each.values())))
    if not names:
        return {"checkpoint": checkpoint, "each": each}
    means = {
        setting: {
            **asdict(SETTINGS[setting]),
            "ged": float(np.mean([scored[name]["ged"] for name in names])),
            "samples": float(np.mean([scored[name]["samples"] for name in names])),
        }
        for setting, scored in each.items()
    }
    best_first = dict(sorted(means.items(), key=lambda mean: mean[1]["ged"]))
    return {"checkpoint": checkpoint, "split": "val", "nodules": len(names), "samples_asked": SAMPLES, "settings": best_first, "each": each}


def main() -> None:
    """Sample, score, write clicks_setting.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--nodules", type=int, default=10)
    parser.add_argument("-o", "--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    model, numbers = load_model(shipped_checkpoint()), asked.out / "clicks_setting.json"
    before = json.loads(numbers.read_text()) if numbers.is_file() else {}
    kept = before["each"] if before.get("checkpoint") == model.name else {}
    each: dict[str, dict[str, dict[str, float]]] = {name: kept.get(name, {}) for name in SETTINGS}
    for nodule, clicks in tqdm(clicked_nodules(asked.data, "val", asked.nodules), unit="nodule"):
        for name, setting in SETTINGS.items():
            if nodule.name not in each[name]:
                each[name][nodule.name] = score(nodule, clicks, model, setting)
                with replaced(numbers) as path:
                    path.write_text(json.dumps(summarised(model.name, each), indent=2) + "\n")
    print(json.dumps({key: value for key, value in json.loads(numbers.read_text()).items() if key != "each"}, indent=2))


if __name__ == "__main__":
    main()
