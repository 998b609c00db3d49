"""The command `evaluate`: metrics of a checkpoint on a split of the LIDC crops."""

from __future__ import annotations

from argparse import Namespace

from ssb.datasets.lidc import LidcCrops
from ssb.evaluation import Evaluation, evaluate, write_evaluation
from ssb_cli.common import lidc_folder, load_asked_model, make_folder, options_of, whole_number

TITLES = {"ged": "GED", "ged_unbiased": "GED, unbiased", "hm_iou": "HM-IoU", "d_max": "D_max", "s_ncc": "S_NCC"}


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
    """Means over crops and over nodules, with what they were made of."""
    facts = evaluation.as_dict()
    lines = [
        f"{facts['checkpoint']} on {facts['crops']} crops of {facts['nodules']} nodules, split {facts['split']}, "
        f"{facts['samples']} samples, {facts['nfe']} evaluations each, guidance {facts['guidance']:g}, seed {facts['seed']}, "
        f"{facts['seconds']:.0f} s",
        f"{'':28} {'crops':>8} {'nodules':>12}",
    ]
    for key, value in evaluation.means().items():
        name, _, number = key.rpartition("_")
        title = f"{TITLES[name]} ({number} samples)" if number.isdigit() else TITLES[key]
        lines.append(f"{title:28} {value:8.4f} {evaluation.nodule_means()[key]:12.4f}")
    return "\n".join(lines)
