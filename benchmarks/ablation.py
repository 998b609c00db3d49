"""What each part of SSB++ and of its loss brings: one part is changed, everything else stays.

    .venv/bin/python benchmarks/ablation.py --data LIDC -o OUT [--steps 300] [--crops 200]

Two tables. Training: every variant is trained from scratch for --steps on the training split. Sampling: the shipped checkpoint is sampled
in other ways. Both are scored on the same --crops of the validation split with 16 samples; the test split is not touched. Started again
on the same OUT it goes on where it stopped. Writes OUT/ablation.json and OUT/ablation.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps")]

import torch  # noqa: E402

from ssb.atomic import replaced  # noqa: E402
from ssb.bridge_method import BridgeMethod  # noqa: E402
from ssb.checkpoint import load_model, load_tensors  # noqa: E402
from ssb.datasets.lidc import LidcCrops  # noqa: E402
from ssb.evaluation import evaluate  # noqa: E402
from ssb.options import Options  # noqa: E402
from ssb.presets import PRESETS, Preset  # noqa: E402
from ssb.shipped import shipped_checkpoint  # noqa: E402
from ssb.training import Schedule, train  # noqa: E402

FULL = PRESETS["lung_nodule_ct"]
# Guidance has another best weight for each variant: the trained ones are compared without it, and its weight is a row of its own.
PLAIN = replace(FULL, guidance=0.0)
TRAINING: dict[str, Preset] = {
    "SSB++": PLAIN,
    "peak deviation 0.19 instead of 0.5": replace(PLAIN, peak_deviation=0.19),
    "peak deviation 1.0 instead of 0.5": replace(PLAIN, peak_deviation=1.0),
    "noise predicted instead of the mask": replace(PLAIN, target="noise"),
    "no rank: the path alone makes samples differ": replace(PLAIN, condition="image"),
    "no diversity term": replace(PLAIN, diversity_weight=0.0),
    "distances of pairs instead of the energy": replace(PLAIN, diversity="distance"),
    "twice the weight of the energy": replace(PLAIN, diversity_weight=2 * FULL.diversity_weight),
    "plain residual connections": replace(PLAIN, network=replace(FULL.network, refined=False)),
    "bridge network from full resolution": replace(PLAIN, network=replace(FULL.network, bridge=(16, 32, 64, 96))),
    "SSB": replace(PRESETS["lung_nodule_ct_ssb"], guidance=0.0),
}
COLUMNS = {"ged_16": "GED16", "ged_unbiased_16": "GED, unbiased", "hm_iou_16": "HM-IoU16", "d_max_16": "D_max16", "d_ddi_16": "D_DDI16"}
NFE = 8
SAMPLES = 16


def sampling_variants(preset: Preset) -> dict[str, tuple[Preset, int]]:
    """Other ways to sample a trained checkpoint, each with its evaluations a mask."""
    bare = replace(preset, guidance=0.0)
    return {
        **{f"{nfe} evaluations, no guidance": (bare, nfe) for nfe in (1, 2, 4, 8, 16, 50)},
        # Told that it learnt single points, a checkpoint spends its evaluations on steps instead of candidates.
        "50 steps, no guidance": (replace(bare, loss="point"), 50),
        "2 evaluations, every threshold at one half": (replace(bare, threshold_spread=0.0), 2),
        # The mean of a step takes only ratios of the variances, so this changes the noise alone.
        "2 evaluations, no noise on the path": (replace(bare, peak_deviation=1e-6), 2),
        "2 evaluations, twice the noise on the path": (replace(bare, peak_deviation=2 * preset.peak_deviation), 2),
        **{f"8 evaluations, guidance {weight:g}": (replace(preset, guidance=weight), 8) for weight in (0.5, 1.0, 1.5)},
        **{f"{nfe} evaluations, masks drawn between steps": (replace(bare, draw_masks=True), nfe) for nfe in (4, 8, 16)},
    }


def main() -> None:
    """Train and score what is missing, then write both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--crops", type=int, default=200)
    parser.add_argument("-o", "--out", type=Path, required=True)
    asked = parser.parse_args()
    val = LidcCrops(asked.data, "val")
    training = _Table(asked.out / "training", asked)
    for name, preset in TRAINING.items():
        training.row(name, lambda p=preset, n=name: _trained(p, _folder(asked.out, n), asked, val))
    checkpoint = shipped_checkpoint()
    model = load_model(checkpoint)
    sampling = _Table(asked.out / checkpoint.stem, asked)
    for name, (preset, nfe) in sampling_variants(model.preset).items():
        sampling.row(name, lambda p=preset, k=nfe: _scores(BridgeMethod(p, model.network), val, asked.crops, k))
    setting = f"validation split, {asked.crops} crops, {SAMPLES} samples"
    text = [
        f"Trained for {asked.steps} steps each, {setting}, {NFE} evaluations, no guidance:\n\n{training.markdown()}",
        f"{model.name}, {setting}:\n\n{sampling.markdown()}",
    ]
    with replaced(asked.out / "ablation.md") as path:
        path.write_text("\n\n".join(text) + "\n")
    found = {"steps": asked.steps, "crops": asked.crops, "checkpoint": model.name, "training": training.rows, "sampling": sampling.rows}
    with replaced(asked.out / "ablation.json") as path:
        path.write_text(json.dumps(found, indent=2) + "\n")
    print("\n\n".join(text))


class _Table:
    """Rows that are made once and kept in a file."""

    def __init__(self, stem: Path, asked: argparse.Namespace) -> None:
        self.path = stem.with_name(f"{stem.name}-{asked.steps}-{asked.crops}.json")
        self.rows: dict[str, dict[str, Any]] = json.loads(self.path.read_text()) if self.path.is_file() else {}

    def row(self, name: str, make: Callable[[], dict[str, Any]]) -> None:
        if name in self.rows:
            return
        self.rows[name] = make()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with replaced(self.path) as path:
            path.write_text(json.dumps(self.rows, indent=2) + "\n")

    def markdown(self) -> str:
        head = f"| | {' | '.join(COLUMNS.values())} |\n|---|{'---|' * len(COLUMNS)}\n"
        return head + "\n".join(f"| {name} | {' | '.join(f'{row[key]:.3f}' for key in COLUMNS)} |" for name, row in self.rows.items())


def _folder(out: Path, name: str) -> Path:
    return out / "runs" / "".join(letter if letter.isalnum() else "_" for letter in name)


def _trained(preset: Preset, folder: Path, asked: argparse.Namespace, val: LidcCrops) -> dict[str, Any]:
    torch.manual_seed(0)
    schedule = Schedule(asked.steps, warmup=min(200, asked.steps // 5))
    path = train(LidcCrops(asked.data, "train"), BridgeMethod(preset), schedule, folder, name="model")
    model = load_model(path)
    row = _scores(BridgeMethod(preset, model.network), val, asked.crops, NFE)
    last = json.loads((folder / "log.jsonl").read_text().splitlines()[-1])
    tensors, _ = load_tensors(folder / "training.safetensors")
    latest = BridgeMethod(preset)
    latest.load_state_dict({key.removeprefix("method."): value for key, value in tensors.items() if key.startswith("method.")})
    without = _scores(latest.eval(), val, asked.crops, NFE)
    return {**row, "seconds_a_step": last["seconds_a_step"], "without_averaging": without, "preset": asdict(preset)}


def _scores(method: BridgeMethod, val: LidcCrops, crops: int, nfe: int) -> dict[str, Any]:
    options = Options(samples=SAMPLES, nfe=nfe, guidance=method.preset.guidance, seed=0)
    scored = evaluate(method, val, options, crops, name="ablation")
    return {**scored.means(), "nfe": nfe, "guidance": method.preset.guidance, "seconds": scored.seconds}


if __name__ == "__main__":
    main()
