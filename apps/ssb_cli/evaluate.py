"""The command `evaluate`: metrics of a checkpoint on a split of the LIDC crops."""

from __future__ import annotations

from argparse import Namespace

from ssb.datasets.lidc import LidcCrops
from ssb.evaluation import Evaluation, evaluate, write_evaluation
from ssb_cli.common import lidc_folder, load_asked_model, make_folder, options_of, whole_number

TITLES = {
    "ged": "GED",
    "ged_unbiased": "GED, unbiased",
    "hm_iou": "HM-IoU",
    "d_max": "D_max",
    "s_ncc": "S_NCC",
    "ci": "CI",
    "ece": "ECE",
    "brier": "Brier",
    "auroc": "AUROC of errors",
}


def run(parsed: Namespace) -> None:
    """Score, write metrics.json and crops.csv, and print a short table."""
    folder = lidc_folder(parsed.data)
    limit = None if parsed.limit is None else whole_number(parsed.limit, "--limit", 1, 1_000_000)
    model = load_asked_model(parsed)
    options = options_of(parsed, model)
    make_folder(parsed.out)
    evaluation = evaluate(model, LidcCrops(folder, parsed.split), options, limit)
    metrics, crops = write_evaluation(parsed.out, evaluation)
    print(table(evaluation))
    print(f"Written to {metrics} and {crops}")


def table(evaluation: Evaluation) -> str:
    """Means over crops with their intervals, means over nodules, what they were made of, and what they leave out."""
    facts, nodules, intervals = evaluation.as_dict(), evaluation.nodule_means(), evaluation.intervals()
    lines = [
        f"{facts['checkpoint']} on {facts['crops']} crops of {facts['nodules']} nodules, split {facts['split']}, "
        f"{facts['samples']} samples, {facts['nfe']} evaluations each, guidance {facts['guidance']:g}, seed {facts['seed']}, "
        f"{facts['seconds']:.0f} s",
        f"{'':28} {'crops':>8}  {'95 % over patients':18} {'nodules':>9}",
    ]
    for key, value in evaluation.means().items():
        low, high = intervals[key]
        lines.append(f"{_title(key):28} {value:8.4f}  {f'{low:.4f} to {high:.4f}':18} {nodules[key]:9.4f}")
    lines += [f"{_title(key)} is not defined on {count} crops; its means leave them out." for key, count in evaluation.undefined().items()]
    return "\n".join(lines)


def _title(key: str) -> str:
    name, _, number = key.rpartition("_")
    return f"{TITLES[name]} ({number} samples)" if number.isdigit() else TITLES[key]
